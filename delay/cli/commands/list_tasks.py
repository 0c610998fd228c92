"""`delay list`: lists tasks."""

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import click

from delay.cli.output.printing import echo
from delay.cli.output.task_table import task_table
from delay.cli.output.task_text import task_json
from delay.cli.output.width import output_width
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.task import Status
from delay.text.count import format_count
from delay.text.duration import format_duration

if TYPE_CHECKING:
    from delay.executions.listing import Listing

LONG = timedelta(seconds=5)
"""A listing that takes longer is announced."""

_STATUSES = [status.value for status in Status]

status_type = click.Choice(_STATUSES, case_sensitive=False)
status_help = f"Only tasks of this status: {', '.join(_STATUSES)}."
prefix_option = click.option("--prefix", default="", help="Only tasks whose keys begin with this.")


@task_command("list")
@click.option("--status", type=status_type, metavar="STATUS", help=status_help)
@prefix_option
@click.option("--due", is_flag=True, help="Show due times. Slow on AWS: see above.")
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", help="List at most this many tasks.")
@json_option
@with_connection
def list_tasks(
    *, connect: Connector, status: str | None, prefix: str, due: bool, limit: int | None, as_json: bool
) -> None:
    """List tasks, the latest first.

    Step Functions lists a thousand tasks at a time, without their due times. It does not say whether an OPEN
    task waits or runs, nor whether a STOPPED one was cancelled. --due, and a --status of WAITING, RUNNING,
    CANCELLED or RESCHEDULED, take a call for each task: 10 to 15 a second on AWS.

    With --json, each task is an object on a line of its own.

    \b
    Examples:
      delay list --local
      delay list --status WAITING --prefix order-42- --local
      delay list --due --limit 20 --json --local | jq -r '[.due, .key] | @tsv'
    """
    listing = connect().list(Status(status) if status else None, prefix, due=due)
    if listing.has_details and limit is None:
        warn_of_long_listing(listing)
    tasks = islice(listing, limit)
    table = task_table(tasks, due=listing.has_details, width=output_width())
    lines = map(task_json, tasks) if as_json else table
    is_empty = True
    for line in lines:
        echo(line)
        is_empty = False
    if is_empty and not as_json:
        echo("No tasks.", err=True)


def warn_of_long_listing(listing: "Listing") -> None:
    """Print how long a listing takes, if that is long."""
    estimate = listing.estimate()
    if estimate.duration > LONG:
        echo(
            f"{format_count(estimate.tasks, 'task')} at 10 to 15 a second: this takes at least "
            f"{format_duration(estimate.duration)}.",
            err=True,
        )
