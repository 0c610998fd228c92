"""`delay show`: all there is to one task."""

import click

from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command
from delay.cli.output.task_text import task_json, task_lines


@task_command()
@click.argument("key")
@json_option
@on_tasks
def show(*, connect: Connection, key: str, as_json: bool) -> None:
    """Show the task with KEY: how it fares, when it is due, what it carries and what came of it.

    \b
    Examples:
      delay show order-42-confirm --local
      delay show order-42-confirm --json --local | jq -r .status
    """  # noqa: D301 - click wants the character itself
    delay = connect()
    task = delay.get(key)
    click.echo(task_json(task) if as_json else "\n".join(task_lines(task, delay.clock.now())))
