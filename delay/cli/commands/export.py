"""`delay export`: writes tasks in a form that `delay import` reads."""

from collections.abc import Iterable, Iterator
from typing import Any

import click

from delay.cli.commands.list_tasks import prefix_option, status_help, status_type
from delay.cli.long_listing import estimate_and_warn, read_with_progress
from delay.cli.output.printing import echo
from delay.cli.output.progress_display import ProgressDisplay
from delay.cli.task_command import Connector, task_command, with_connection
from delay.files import comma_separated, ndjson
from delay.files.task_file import FORMATS
from delay.task import Status, Task
from delay.text.count import format_count
from delay.text.moment import format_exactly
from delay.text.plain import plain


@task_command()
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="ndjson",
    show_default=True,
    help="Form of the file.",
)
@click.option(
    "--status",
    type=status_type,
    metavar="STATUS",
    default=Status.WAITING.value,
    show_default=True,
    help=status_help,
)
@prefix_option
@with_connection
def export(*, connect: Connector, format_name: str, status: str, prefix: str) -> None:
    """Write tasks to standard output, one a line, so that delay import can read them.

    A line has the key, the due time and the payload: enough to schedule the task again, in another account
    for example. Each execution takes a call of its own: 10 to 15 a second on AWS. Progress is shown on
    standard error.

    \b
    Examples:
      delay export --stack-name orders > tasks.ndjson
      delay export --format csv --prefix order-42- --local > tasks.csv
    """
    listing = connect().list(Status(status), prefix, due=True)
    total = estimate_and_warn(listing)
    write_row = comma_separated.write_row if format_name == "csv" else ndjson.write_row
    if format_name == "csv":
        echo(comma_separated.write_header().rstrip("\n"))
    count = 0
    with ProgressDisplay("Reading", total) as display:
        for values in _read_fields(read_with_progress(listing, display), format_name):
            display.print(write_row(values).rstrip("\n"))
            count += 1
    echo(f"Exported {format_count(count, 'task')}.", err=True)


def _read_fields(tasks: Iterable[Task], format_name: str) -> Iterator[dict[str, Any]]:
    """Yield the fields of each task under the names that an import reads."""
    for task in tasks:
        if task.due is None or task.payload is None:
            echo(f"Left out {task.key}: its input has no usable delay.", err=True)
        elif format_name == "csv" and plain(task.key) != task.key:
            echo(f"Left out {task.key}: CSV cannot escape its key. Use --format ndjson.", err=True)
        else:
            yield {"key": task.key, "at": format_exactly(task.due), "payload": task.payload}
