"""`delay plan`: whether Step Functions carries a volume of tasks, and what that costs."""

import json
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
from delay.cli.parameters import Count, Duration, OwnQuota, Rate, Share, Size
from delay.planning.errors import IncompleteVolume, PlanningError
from delay.planning.facts import Facts
from delay.planning.plan import PlanAnswer, make_plan
from delay.planning.services.step_functions import MOST_RETRIES
from delay.planning.trace import Trace
from delay.planning.trace_file import read_trace
from delay.planning.workload import Shape, Volume, Workload

DOES_NOT_FIT: Final = 3
"""The exit code for `--exit-code`: 1 is for errors, 2 for misuse."""

_ASK: Final = "For example --pending 10000, or --rate 60/s --delay 7d, or --csv production.csv."


@click.command()
@click.option("--rate", "per_second", type=Rate(), help="How often tasks come: 60/s, 1000/min, 5000/h, 2M/d.")
@click.option("--delay", type=Duration(), help="How long a task waits: 90s, 30m, 2h or 7d.")
@click.option("--pending", type=Count(), help="How many tasks wait at a time: 10000, 10k, 1.5M.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Tasks of production, one a line: time (RFC 3339, or seconds since 1970) and delay (seconds).",
)
@click.option("--same-second", type=Count(), help="How many tasks are due in the same second, at most.")
@click.option("--payload", type=Size(), default="1KiB", show_default=True, help="Size of a task's payload.")
@click.option(
    "--handler-ms",
    type=click.IntRange(1, 900_000),
    default=100,
    show_default=True,
    help="How long the function takes.",
)
@click.option("--cancelled", type=Share(), default="0%", show_default=True, help="Tasks that are cancelled.")
@click.option(
    "--retried",
    type=Share(MOST_RETRIES),
    default="0%",
    show_default=True,
    help="Calls that are repeated.",
)
@click.option("--lateness", type=Duration(), help="How late a call may be; not judged otherwise.")
@click.option(
    "--region",
    default="us-east-1",
    show_default=True,
    envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
    help="Region whose quotas and prices count; else AWS_REGION or AWS_DEFAULT_REGION says it.",
)
@click.option(
    "--quota",
    "own_quotas",
    type=OwnQuota(),
    multiple=True,
    metavar="NAME=NUMBER",
    help="A quota of your account, where AWS has raised it. --sources names them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--exit-code", is_flag=True, help=f"End with {DOES_NOT_FIT} if it does not fit.")
@click.option("--sources", is_flag=True, help="List every quota and price with its source, and plan nothing.")
@click.pass_context
def plan(
    context: click.Context,
    *,
    per_second: float | None,
    delay: timedelta | None,
    pending: float | None,
    csv_path: str | None,
    same_second: float | None,
    payload: int,
    handler_ms: int,
    cancelled: float,
    retried: float,
    lateness: timedelta | None,
    region: str,
    own_quotas: tuple[tuple[str, float], ...],
    as_json: bool,
    exit_code: bool,
    sources: bool,
) -> None:
    """Find out whether Step Functions carries a volume of tasks, what it costs, and what would do instead.

    Say the volume in two of --rate, --delay and --pending, in --pending alone, or in a file of production.
    Nothing is asked of AWS: quotas and prices are the defaults, and no account is needed.

    \b
    Examples:
      delay plan --pending 10000
      delay plan --rate 60/s --delay 7d
      delay plan --rate 2M/d --delay 30m --region eu-west-1 --payload 2KiB --cancelled 80%
      delay plan --pending 3M --delay 30d --quota open-executions=5M
      delay plan --csv production.csv --handler-ms 400
      delay plan --rate 5/s --delay 1h --exit-code && echo fits
    """  # noqa: D301 - click wants the character itself
    shape = Shape(payload, handler_ms / 1000, retried, cancelled, _seconds(lateness))
    volume = Volume(per_second, _seconds(delay), pending, same_second)
    console = plain_console(soft_wrap=False)
    broken = BrokenLines()
    try:
        facts = Facts.load(region, dict(own_quotas))
        if sources:
            _list_sources(console, facts, as_json=as_json)
            return
        made = make_plan(_workload(shape, volume, csv_path, broken), facts)
    except PlanningError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(plan_document(made, broken), indent=2))
    else:
        print_plan(console, made)
    context.exit(DOES_NOT_FIT if exit_code and made.answer is not PlanAnswer.YES else 0)


def _list_sources(console: Console, facts: Facts, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts_document(facts), indent=2))
    else:
        print_sources(console, facts)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _workload(shape: Shape, volume: Volume, csv_path: str | None, broken: BrokenLines) -> Workload:
    if csv_path is None:
        try:
            return volume.workload(shape)
        except IncompleteVolume as error:
            raise click.UsageError(f"{error} {_ASK}") from error
    if volume != Volume():
        raise click.UsageError("--csv says it all: leave --rate, --delay, --pending and --same-second out.")
    return Workload.of_trace(_trace(csv_path, broken), shape)


def _trace(path: str, broken: BrokenLines) -> Trace:
    with _lines(path) as lines:
        try:
            return read_trace(lines, broken.add)
        finally:
            broken.tell("stdin" if path == "-" else path)


def _lines(path: str) -> AbstractContextManager[Iterable[str]]:
    """Open the file with a progress bar, which only a terminal shows."""
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
