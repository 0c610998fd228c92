"""`delay plan`: compares a volume of tasks with the quotas of AWS, and estimates its cost."""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Final

import click
from rich.console import Console
from rich.progress import open as open_with_progress

from delay.cli.output.broken_lines import BrokenLines
from delay.cli.output.plain_console import plain_console
from delay.cli.output.plan_json import facts_document, plan_document
from delay.cli.output.plan_page import print_plan, print_sources
from delay.cli.output.printing import echo_json
from delay.cli.parameters import Count, Duration, OwnQuota, Rate, Share, Size
from delay.planning.errors import IncompleteVolume, PlanningError
from delay.planning.facts import Facts
from delay.planning.plan import PlanAnswer, make_plan
from delay.planning.services.step_functions import MOST_RETRIES
from delay.planning.trace import Trace
from delay.planning.trace_file import read_trace
from delay.planning.workload import Repeat, Shape, Volume, Workload
from delay.text.plain import plain

DOES_NOT_FIT: Final = 3
"""The exit code of `--exit-code`: 1 is for errors, 2 for misuse."""

_EXAMPLES: Final = "For example --pending 10000, or --rate 60/s --delay 7d, or --csv production.csv."


@click.command()
@click.option(
    "--rate", "per_second", type=Rate(), help="How often tasks come: 60/s, 1000/min, 2M/d, 5M/month."
)
@click.option("--delay", type=Duration(), help="How long a task waits: 90s, 30m, 2h or 7d.")
@click.option("--pending", type=Count(), help="How many tasks wait at a time: 10000, 10k, 1.5M.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Tasks of production, one a line: time (RFC 3339, or seconds since 1970) and delay (seconds).",
)
@click.option(
    "--repeat",
    type=click.Choice([repeat.value for repeat in Repeat]),
    help="How the tasks of --csv come again: the file is one batch, or one comes each day, or it is a sample "
    "of steady traffic. By default its span decides: under an hour is once.",
)
@click.option("--same-second", type=Count(), help="The most tasks that are due in the same second.")
@click.option("--payload", type=Size(), default="1KiB", show_default=True, help="Size of a task's payload.")
@click.option(
    "--handler-ms",
    type=click.IntRange(1, 900_000),
    default=100,
    show_default=True,
    help="How long the function takes.",
)
@click.option(
    "--cancelled", type=Share(), default="0%", show_default=True, help="Share of tasks that are cancelled."
)
@click.option(
    "--moved", type=Share(), default="0%", show_default=True, help="Share of tasks that are rescheduled once."
)
@click.option(
    "--retried",
    type=Share(MOST_RETRIES),
    default="0%",
    show_default=True,
    help="Retries, as a share of the calls.",
)
@click.option("--lateness", type=Duration(), help="How late a call may be. By default it does not matter.")
@click.option(
    "--region",
    default="us-east-1",
    show_default=True,
    envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
    help="Region of the quotas and prices, or AWS_REGION, or AWS_DEFAULT_REGION.",
)
@click.option(
    "--quota",
    "own_quotas",
    type=OwnQuota(),
    multiple=True,
    metavar="NAME=NUMBER",
    help="A quota that AWS has raised for your account. --sources lists the names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--exit-code", is_flag=True, help=f"Exit with {DOES_NOT_FIT} if the volume does not fit.")
@click.option("--sources", is_flag=True, help="List every quota and price with its source, and make no plan.")
@click.pass_context
def plan(
    context: click.Context,
    *,
    per_second: float | None,
    delay: timedelta | None,
    pending: float | None,
    csv_path: str | None,
    repeat: str | None,
    same_second: float | None,
    payload: int,
    handler_ms: int,
    cancelled: float,
    moved: float,
    retried: float,
    lateness: timedelta | None,
    region: str,
    own_quotas: tuple[tuple[str, float], ...],
    as_json: bool,
    exit_code: bool,
    sources: bool,
) -> None:
    """Check whether executions or the table store carry a volume, and show the cost and the alternatives.

    Give the volume as two of --rate, --delay and --pending, as --pending alone, or as a file of production.
    The command makes no call to AWS and needs no account: it uses default quotas and list prices.

    \b
    Examples:
      delay plan --pending 10000
      delay plan --rate 60/s --delay 7d
      delay plan --rate 2M/d --delay 30m --region eu-west-1 --payload 2KiB --cancelled 80%
      delay plan --pending 3M --delay 30d --quota open-executions=5M
      delay plan --csv production.csv --handler-ms 400
      delay plan --csv nightly.csv --repeat daily
      delay plan --rate 5/s --delay 1h --exit-code && echo fits
    """
    shape = Shape(payload, handler_ms / 1000, retried, cancelled, moved, _to_seconds(lateness))
    volume = Volume(per_second, _to_seconds(delay), pending, same_second)
    console = plain_console(soft_wrap=False)
    broken = BrokenLines()
    try:
        facts = Facts.load(region, dict(own_quotas))
        if sources:
            _print_sources(console, facts, as_json=as_json)
            return
        workload = _build_workload(shape, volume, csv_path, Repeat(repeat) if repeat else None, broken)
        result = make_plan(workload, facts)
    except PlanningError as error:
        raise click.ClickException(plain(str(error))) from error
    if as_json:
        echo_json(plan_document(result, broken), indent=2)
    else:
        print_plan(console, result)
    context.exit(DOES_NOT_FIT if exit_code and result.answer is not PlanAnswer.YES else 0)


def _print_sources(console: Console, facts: Facts, *, as_json: bool) -> None:
    if as_json:
        echo_json(facts_document(facts), indent=2)
    else:
        print_sources(console, facts)


def _to_seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _build_workload(
    shape: Shape, volume: Volume, csv_path: str | None, repeat: Repeat | None, broken: BrokenLines
) -> Workload:
    if csv_path is None:
        if repeat:
            raise click.UsageError("--repeat says how the tasks of a file come again: give it in --csv.")
        try:
            return volume.workload(shape)
        except IncompleteVolume as error:
            raise click.UsageError(f"{error} {_EXAMPLES}") from error
    if volume != Volume():
        raise click.UsageError(
            "--csv has the whole volume: leave --rate, --delay, --pending and --same-second out."
        )
    return Workload.of_trace(_read_trace_file(csv_path, broken), shape, repeat)


def _read_trace_file(path: str, broken: BrokenLines) -> Trace:
    with _open_lines(path) as lines:
        try:
            return read_trace(lines, broken.add)
        finally:
            broken.print("stdin" if path == "-" else path)


def _open_lines(path: str) -> AbstractContextManager[Iterable[str]]:
    """Open the file, with a progress bar on a terminal."""
    if path == "-":
        return nullcontext(click.get_text_stream("stdin", encoding="utf-8-sig", errors="replace"))
    console = plain_console(sys.stderr, soft_wrap=False)
    return open_with_progress(
        path,
        "r",
        encoding="utf-8-sig",
        errors="replace",
        newline="",
        description="Reading",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
