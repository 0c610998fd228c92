"""`delay wait`: waits until a task has ended."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from delay.cli.errors import ExitCode
from delay.cli.output.printing import echo
from delay.cli.output.task_text import describe_failure, task_json, task_line, task_result
from delay.cli.parameters import Duration
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.task import Status, Task

if TYPE_CHECKING:
    from delay.client import Delay


@task_command()
@click.argument("key")
@click.option("--timeout", type=Duration(), help="The longest time to wait: 90s, 30m, 2h or 7d.")
@json_option
@with_connection
def wait(*, connect: Connector, key: str, timeout: timedelta | None, as_json: bool) -> None:
    """Wait until the task with KEY has ended, and print its result.

    A terminal shows a countdown. The exit code is 0 if the task SUCCEEDED, 6 if it ended otherwise, and 7 if
    it did not end within --timeout.

    \b
    Examples:
      delay wait order-42-confirm --local
      delay wait order-42-confirm --timeout 10m --json --local | jq .output
    """
    delay = connect()
    task = (_count_down if sys.stderr.isatty() else _print_changes)(delay, key, timeout)
    echo(task_json(task) if as_json else task_result(task))
    if task.status is not Status.SUCCEEDED:
        raise SystemExit(ExitCode.NOT_SUCCEEDED)


def _count_down(delay: "Delay", key: str, timeout: timedelta | None) -> Task:
    from delay.cli.output.countdown import Countdown
    from delay.cli.output.plain_console import plain_console

    with Countdown(plain_console(sys.stderr), delay.clock.now) as countdown:
        return delay.wait(key, timeout, watch=countdown.show)


def _print_changes(delay: "Delay", key: str, timeout: timedelta | None) -> Task:
    printed: set[tuple[object, ...]] = set()

    def print_if_new(task: Task) -> None:
        state = (task.status, task.generation, task.attempts if task.error else None)
        if state not in printed:
            printed.add(state)
            failure = describe_failure(task)
            echo(f"{task_line(task, delay.clock.now())}{failure and f'  {failure}'}", err=True)

    return delay.wait(key, timeout, watch=print_if_new)
