"""`delay list`: the tasks that there are."""

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import click

from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command
from delay.cli.output.task_table import task_table
from delay.cli.output.task_text import task_json
from delay.cli.output.width import output_width
from delay.task import Status
from delay.text.duration import format_duration

if TYPE_CHECKING:
    from delay.executions.listing import Listing

LONG = timedelta(seconds=5)
"""Who has to wait longer is told how long beforehand."""

_STATUSES = [status.value for status in Status]

status_type = click.Choice(_STATUSES, case_sensitive=False)
status_help = f"Only these: {', '.join(_STATUSES)}."


@task_command("list")
@click.option("--status", type=status_type, metavar="STATUS", help=status_help)
@click.option("--prefix", default="", help="Only tasks whose keys begin so.")
@click.option("--due", is_flag=True, help="Also when they are due: see above.")
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", help="So many at most.")
@json_option
@on_tasks
def list_tasks(
    *, connect: Connection, status: str | None, prefix: str, due: bool, limit: int | None, as_json: bool
) -> None:
    """List tasks, the latest first.

    Step Functions lists a thousand tasks at a time, but tells neither when they are due, nor whether those
    that are OPEN wait or run, nor whether those that were STOPPED were cancelled. --due, and a --status of
    WAITING, RUNNING, CANCELLED or RESCHEDULED, ask for each task by itself: 10 to 15 a second on AWS.

    With --json, each task is an object on a line of its own.

    \b
    Examples:
      delay list --local
      delay list --status WAITING --prefix order-42- --local
      delay list --due --limit 20 --json --local | jq -r '[.due, .key] | @tsv'
    """  # noqa: D301 - click wants the character itself
    listing = connect().list(Status(status) if status else None, prefix, due=due)
    if listing.has_details and limit is None:
        announce(listing)
    tasks = islice(listing, limit)
    lines = (
        map(task_json, tasks) if as_json else task_table(tasks, due=listing.has_details, width=output_width())
    )
    is_empty = True
    for line in lines:
        click.echo(line)
        is_empty = False
    if is_empty and not as_json:
        click.echo("No tasks.", err=True)


def announce(listing: "Listing") -> None:
    """Say beforehand how long a listing takes, if that is long."""
    estimate = listing.estimate()
    if estimate.duration > LONG:
        click.echo(
            f"{estimate.tasks:,} tasks, of which Step Functions tells 10 to 15 a second: this takes "
            f"{format_duration(estimate.duration)} at least.",
            err=True,
        )
