"""`delay count`: counts tasks by their status."""

from typing import TYPE_CHECKING

import click

from delay.cli.commands.list_tasks import prefix_option, status_help, status_type
from delay.cli.long_listing import estimate_and_warn
from delay.cli.output.printing import echo, echo_json
from delay.cli.output.progress_display import ProgressDisplay
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.task import Status

if TYPE_CHECKING:
    from delay.task import Counts

_STATUS_WIDTH = max(map(len, Status)) + 2


@task_command()
@click.option("--status", type=status_type, metavar="STATUS", help=status_help)
@prefix_option
@json_option
@with_connection
def count(*, connect: Connector, status: str | None, prefix: str, as_json: bool) -> None:
    """Count tasks by their status.

    A table is read to its end. Step Functions lists a thousand tasks a call, and counts none. Open tasks are
    counted to the last, ended ones to about 10,000 of each status: "at least" marks such a number, and
    --status counts all of one. It does not say whether an OPEN task waits or runs, nor whether a STOPPED one
    was cancelled: a --status of WAITING, RUNNING, CANCELLED or RESCHEDULED takes a call for each task, 10 to
    15 a second. A local endpoint distinguishes waiting and running tasks at once.

    \b
    Examples:
      delay count --local
      delay count --prefix order-42- --json --local | jq .counts.WAITING
      delay count --status FAILED --stack-name orders
    """
    delay = connect()
    chosen = Status(status) if status else None
    total = None
    if chosen and not connect.target.resolve(connect.flags).is_local:
        total = estimate_and_warn(delay.list(chosen, prefix))
    with ProgressDisplay("Counting", total) as display:
        counts = delay.count(chosen, prefix, watch=display.update)
    if as_json:
        echo_json({"counts": counts.by_status, "at_least": sorted(counts.lower_bounds)})
    else:
        _print(counts)


def _print(counts: "Counts") -> None:
    width = max(len(_format(counts, status)) for status in counts.by_status)
    for status in counts.by_status:
        echo(f"{status:{_STATUS_WIDTH}}{_format(counts, status):>{width}}")
    if counts.lower_bounds:
        echo("For an exact number, count one status with --status.", err=True)


def _format(counts: "Counts", status: Status) -> str:
    bound = "at least " if status in counts.lower_bounds else ""
    return f"{bound}{counts.by_status[status]:,}"
