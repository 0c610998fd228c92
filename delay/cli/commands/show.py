"""`delay show`: shows a task in full."""

import click

from delay.cli.output.printing import echo
from delay.cli.output.task_text import task_json, task_lines
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("key")
@json_option
@with_connection
def show(*, connect: Connector, key: str, as_json: bool) -> None:
    """Show the task with KEY: its status, due time and payload, and its output or error.

    \b
    Examples:
      delay show order-42-confirm --local
      delay show order-42-confirm --json --local | jq -r .status
    """
    delay = connect()
    task = delay.get(key)
    if as_json:
        echo(task_json(task))
    else:
        echo(*task_lines(task, delay.clock.now()))
