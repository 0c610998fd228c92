"""`delay rewind`: continues with a table that was restored from a backup."""

import sys
from datetime import datetime

import click

from delay.cli.errors import ExitCode
from delay.cli.output.printing import ask, echo
from delay.cli.parameters import Moment
from delay.cli.task_command import Connector, task_command, with_connection
from delay.text.moment import format_moment


@task_command()
@click.option("--to", "point", type=Moment(), required=True, help="The time that the table was restored to.")
@click.option("--yes", is_flag=True, help="Do not ask. Required if no terminal can answer.")
@with_connection
def rewind(*, connect: Connector, point: datetime, yes: bool) -> None:
    """Continue with a table that was restored from a backup.

    Purges the queue, whose messages may be of tasks that the backup does not know, and sets the drain and the
    sweeps back to the time of the backup. First stop both, and the calls from the queue: docs/why/table.md
    says how. Calls made since that time may come again, with the same payload and key.

    \b
    Example:
      delay rewind --to 2026-12-01T09:00:00Z --stack-name orders --store table
    """
    delay = connect()
    delay.store.check_rewind(point)
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask on: pass --yes.")
    question = f"Purge the queue of {delay.arn}, and go back to {format_moment(point)}?"
    if not yes and not ask(question):
        raise SystemExit(ExitCode.ERROR)
    delay.store.rewind(point)
    echo(f"The queue is empty, and the next tick of the drain begins at {format_moment(point)}.")
