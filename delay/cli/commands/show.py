"""`delay show`: shows a task in full."""

import click

from delay.cli.output.printing import echo
from delay.cli.output.task_text import task_json, task_lines
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.errors import NotPermitted


@task_command()
@click.argument("key")
@json_option
@with_connection
def show(*, connect: Connector, key: str, as_json: bool) -> None:
    """Show the task with KEY: its status, due time, payload, attempts, and its output or error.

    A task that is RUNNING has the error of its last failed attempt. An output that does not fit into the row
    of a table is not kept.

    \b
    Examples:
      delay show order-42-confirm --local
      delay show order-42-confirm --json --local | jq -r .status
    """
    delay = connect()
    try:
        task = delay.get(key, attempts=True)
    except NotPermitted:  # to read the history
        task = delay.get(key)
    if as_json:
        echo(task_json(task))
    else:
        echo(*task_lines(task, delay.clock.now()))
