"""`delay list`: lists tasks."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import click

from delay.cli.long_listing import estimate_and_warn, read_with_progress
from delay.cli.output.printing import echo
from delay.cli.output.progress_display import ProgressDisplay
from delay.cli.output.task_table import task_table
from delay.cli.output.task_text import listed_task_json
from delay.cli.output.width import output_width
from delay.cli.parameters import Duration
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.task import Status

if TYPE_CHECKING:
    from delay.listing import Listing
    from delay.task import Task

_STATUSES = [status.value for status in Status]
_FAILED = {Status.FAILED, Status.TIMED_OUT}

status_type = click.Choice(_STATUSES, case_sensitive=False)
status_help = f"Only tasks of this status: {', '.join(_STATUSES)}."
prefix_option = click.option("--prefix", default="", help="Only tasks whose keys begin with this.")


@task_command("list")
@click.option("--status", type=status_type, metavar="STATUS", help=status_help)
@prefix_option
@click.option("--due", is_flag=True, help="Show due times. Slow for executions on AWS: see above.")
@click.option(
    "--due-within",
    type=Duration(),
    help="Only waiting tasks due from now until then, 1h for example, by due time. Slow for executions.",
)
@click.option("--no-errors", is_flag=True, help="With FAILED or TIMED_OUT: faster, without the errors.")
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", help="List at most this many tasks.")
@json_option
@with_connection
def list_tasks(
    *,
    connect: Connector,
    status: str | None,
    prefix: str,
    due: bool,
    due_within: timedelta | None,
    no_errors: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """List tasks, the latest first; those of a table in the order of their keys.

    A table shows due times and errors by itself, and --due-within reads the tasks of these minutes alone.
    --due adds the payloads to its --json.

    Step Functions lists a thousand tasks at a time, without their due times and errors. It does not say
    whether an OPEN task waits or runs, nor whether a STOPPED one was cancelled. --due, --due-within, and a
    --status of WAITING, RUNNING, CANCELLED, RESCHEDULED, FAILED or TIMED_OUT take a call for each task: 10 to
    15 a second on AWS. The command says beforehand if that takes long, and shows its progress on standard
    error.

    With --json, each task is an object on a line of its own. Without such a call, the members due, payload,
    output, error and cause are missing; null means that there is none.

    \b
    Examples:
      delay list --local
      delay list --due-within 1h --local
      delay list --status FAILED --prefix order-42- --local
      delay list --due --limit 20 --json --local | jq -r '[.due, .key] | @tsv'
    """
    chosen = Status(status) if status else None
    has_errors = chosen in _FAILED and not no_errors
    if no_errors and (chosen not in _FAILED or due or due_within is not None):
        raise click.UsageError("--no-errors goes with a --status of FAILED or TIMED_OUT, and without --due.")
    listing = connect().list(chosen, prefix, due=due or has_errors, due_within=due_within)
    total = estimate_and_warn(listing) if limit is None or listing.is_sorted_by_due else None
    with ProgressDisplay("Reading", total) as display:
        tasks = islice(read_with_progress(listing, display), limit)
        lines = _build_lines(tasks, listing, has_errors=has_errors, as_json=as_json)
        if not _print(lines, display) and not as_json:
            echo("No tasks.", err=True)


def _build_lines(
    tasks: Iterable["Task"], listing: "Listing", *, has_errors: bool, as_json: bool
) -> Iterator[str]:
    if as_json:
        write = partial(listed_task_json, has_details=listing.has_details, has_payloads=listing.has_payloads)
        return map(write, tasks)
    return task_table(tasks, due=listing.has_details, errors=has_errors, width=output_width())


def _print(lines: Iterable[str], display: ProgressDisplay) -> int:
    """Print the lines, and return their number."""
    number = 0
    for number, line in enumerate(lines, 1):  # noqa: B007 - the last number is the result
        display.print(line)
    return number
