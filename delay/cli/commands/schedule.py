"""`delay schedule`: schedules a task."""

from datetime import datetime, timedelta
from typing import Any, cast

import click

from delay.cli.output.printing import echo
from delay.cli.output.task_text import task_json, task_line
from delay.cli.parameters import PayloadText, check_due, due_options
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.executions.generation import MAX_KEY


@task_command()
@click.argument("payload", type=PayloadText())
@due_options
@click.option(
    "--key",
    help=f"The name to find the task by: 1 to {MAX_KEY} characters, or 960 bytes in a table. By default a "
    "UUID.",
)
@click.option("--allow-past", is_flag=True, help="With --at: call at once if the time has passed.")
@click.option("--replace", is_flag=True, help="Latest wins: a waiting task of the key is replaced.")
@json_option
@with_connection
def schedule(
    *,
    connect: Connector,
    payload: dict[str, Any],
    after: timedelta | None,
    at: datetime | None,
    key: str | None,
    allow_past: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Schedule a call of the function with PAYLOAD, a JSON object.

    PAYLOAD may be @FILE, or - for standard input. With a key, the command can be repeated: the same payload
    for the same time is the same task. With --replace, a waiting task of the key gets this payload and time.

    \b
    Examples:
      delay schedule '{"a": 1233333}' --in 7d --key order-42-confirm --local
      delay schedule @order.json --at 2027-06-01T09:00:00+02:00 --stack-name orders
      jq '{order: .id}' order.json | delay schedule - --in 30m --local
    """
    delay = connect()
    if at is not None:
        delay.check_clock()
    check_due(after, at, delay.clock, allow_past=allow_past)
    if after is not None:
        task = delay.schedule(payload, after=after, key=key, replace=replace)
    else:
        moment = cast("datetime", at)
        task = delay.schedule(payload, at=moment, key=key, allow_past=allow_past, replace=replace)
    echo(task_json(task) if as_json else task_line(task, delay.clock.now(), after))
