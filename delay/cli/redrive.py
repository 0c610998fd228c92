"""`delay redrive`: a second chance for a task that failed."""

import click

from delay.cli.on_tasks import Connect, json_option, on_tasks, task_command
from delay.cli.task_text import task_json, task_line


@task_command()
@click.argument("key")
@json_option
@on_tasks
def redrive(*, connect: Connect, key: str, as_json: bool) -> None:
    """Call the function of the failed task with KEY again, at once.

    The task goes on from where it failed, up to 14 days after that.

    \b
    Examples:
      delay redrive order-42-confirm --local && delay wait order-42-confirm --local
    """  # noqa: D301 - click wants the character itself
    delay = connect()
    task = delay.redrive(key)
    click.echo(task_json(task) if as_json else task_line(task, delay.clock.now()))
