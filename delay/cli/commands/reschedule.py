"""`delay reschedule`: moves a waiting task to another due time."""

from datetime import datetime, timedelta
from typing import cast

import click

from delay.cli.output.printing import echo
from delay.cli.output.task_text import task_json, task_line
from delay.cli.parameters import check_due, due_options
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("key")
@due_options
@json_option
@with_connection
def reschedule(
    *, connect: Connector, key: str, after: timedelta | None, at: datetime | None, as_json: bool
) -> None:
    """Move the waiting task with KEY to another due time; its payload stays.

    \b
    Examples:
      delay reschedule order-42-confirm --in 2h --local
      delay reschedule order-42-confirm --at 2026-12-01T00:00:00Z --stack-name orders
    """
    delay = connect()
    if at is not None:
        delay.check_clock()
    check_due(after, at, delay.clock)
    if after is not None:
        task = delay.reschedule(key, after=after)
    else:
        task = delay.reschedule(key, at=cast("datetime", at))
    echo(task_json(task) if as_json else task_line(task, delay.clock.now()))
