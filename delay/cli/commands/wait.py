"""`delay wait`: until a task has ended."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from delay.cli.errors import ExitCode
from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command
from delay.cli.output.task_text import task_json, task_line, task_result
from delay.cli.parameters import Duration
from delay.task import Status, Task

if TYPE_CHECKING:
    from delay.client import Delay


@task_command()
@click.argument("key")
@click.option("--timeout", type=Duration(), help="How long to wait at most: 90s, 30m, 2h or 7d.")
@json_option
@on_tasks
def wait(*, connect: Connection, key: str, timeout: timedelta | None, as_json: bool) -> None:
    """Wait until the task with KEY has ended, and tell what came of it.

    Counts down on a terminal. The exit code is 0 if the task has SUCCEEDED, 6 if it has ended otherwise,
    and 7 if it has not ended within --timeout.

    \b
    Examples:
      delay wait order-42-confirm --local
      delay wait order-42-confirm --timeout 10m --json --local | jq .output
    """  # noqa: D301 - click wants the character itself
    delay = connect()
    task = (_counting_down if sys.stderr.isatty() else _telling_changes)(delay, key, timeout)
    click.echo(task_json(task) if as_json else task_result(task))
    if task.status is not Status.SUCCEEDED:
        raise SystemExit(ExitCode.NOT_SUCCEEDED)


def _counting_down(delay: "Delay", key: str, timeout: timedelta | None) -> Task:
    from delay.cli.output.countdown import Countdown  # noqa: PLC0415 - imports rich, which a pipe does without
    from delay.cli.output.plain_console import plain_console  # noqa: PLC0415 - likewise

    with Countdown(plain_console(sys.stderr), delay.clock.now) as countdown:
        return delay.wait(
            key, timeout, watch=lambda task: countdown.show(task.started, task.due or task.started)
        )


def _telling_changes(delay: "Delay", key: str, timeout: timedelta | None) -> Task:
    told: set[tuple[Status, int]] = set()

    def tell(task: Task) -> None:
        if (task.status, task.generation) not in told:
            told.add((task.status, task.generation))
            click.echo(task_line(task, delay.clock.now()), err=True)

    return delay.wait(key, timeout, watch=tell)
