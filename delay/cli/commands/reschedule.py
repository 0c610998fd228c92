"""`delay reschedule`: moves waiting tasks to another due time, or to another version of the code."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import click

from delay.cli.many_tasks import Choice, Operation, change_all, choice_options, require_one_choice
from delay.cli.parameters import check_due, due_options
from delay.cli.task_changes import change_each
from delay.cli.task_command import Connector, json_option, task_command, with_connection

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.task import Task


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@due_options
@click.option(
    "--to-version",
    metavar="VERSION",
    help="Continue on this version of the state machine, 7, or on that of an alias, live. Without --in or "
    "--at, due times stay.",
)
@choice_options
@json_option
@with_connection
def reschedule(
    *,
    connect: Connector,
    keys: tuple[str, ...],
    after: timedelta | None,
    at: datetime | None,
    to_version: str | None,
    choice: Choice,
    as_json: bool,
) -> None:
    """Move the waiting tasks with these KEYs, or all of a prefix, to another due time or to other code.

    Payloads stay. The new due time of an execution must lie within 89 days of the task's first reschedule.

    --to-version moves executions to the code of a later release; a table's tasks are called by the present
    one. Tasks on that version already are left as they are, so the command can be repeated.

    \b
    Examples:
      delay reschedule order-42-confirm --in 2h --local
      delay reschedule order-42-confirm --at 2027-06-01T00:00:00Z --stack-name orders
      delay reschedule --prefix order- --to-version live --stack-name orders
    """
    require_one_choice(keys, choice)
    if after is None and at is None and to_version is None:
        raise click.UsageError(
            "Say when, with either --in 7d or --at 2027-06-01T00:00:00Z, or --to-version live."
        )
    delay = connect()
    if to_version is None or after is not None or at is not None:
        if at is not None:
            delay.check_clock()
        check_due(after, at, delay.clock)
    move_many = partial(delay.reschedule_many, after=after, at=at, to_version=to_version)
    if keys:
        move = partial(_move_one, delay, after, at, to_version)
        change_each(keys, move, delay.clock, as_json=as_json, after=after)
        return
    from delay.many.selection import find_open

    if to_version is not None:
        list(move_many(keys=()))  # refuses an unknown alias before the question

    operation = Operation(
        "move", "Moving", "Moved", "open", find_open, lambda found: move_many(keys=found), after
    )
    change_all(delay, choice, operation, as_json=as_json)


def _move_one(
    delay: "Delay", after: timedelta | None, at: datetime | None, to_version: str | None, key: str
) -> "Task":
    if to_version is None and after is not None:
        return delay.reschedule(key, after=after)
    if to_version is None:
        return delay.reschedule(key, at=cast("datetime", at))
    (change,) = delay.reschedule_many(keys=[key], after=after, at=at, to_version=to_version)
    return change.require()
