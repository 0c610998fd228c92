"""`delay import`: schedules the tasks of a file."""

import os
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from delay.aws.store_name import StoreName
from delay.cli.errors import ExitCode
from delay.cli.interruption import handle_interrupt
from delay.cli.output.import_display import ImportDisplay
from delay.cli.output.import_summary import continuation_notice, dry_run_summary, import_summary
from delay.cli.output.printing import echo, echo_json
from delay.cli.parameters import KeyPattern, Rate
from delay.cli.task_command import Connector, json_option, task_command, with_connection
from delay.clock import Clock, SystemClock
from delay.errors import InvalidRequest
from delay.files.earlier_runs import EarlierRuns
from delay.files.errors import ReportUnusable
from delay.files.importing import Import, ScheduleMany
from delay.files.item import read_items
from delay.files.report import Heading, Report
from delay.files.report_file import open_report
from delay.files.task_file import FORMATS, TaskFile, open_task_file
from delay.many.rate_limit import CallRate
from delay.opening import validate_request
from delay.request import Request, Result


@task_command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Form of the file, if its name does not end in .ndjson, .jsonl or .csv.",
)
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path),
    help="Path of the report, by default FILE.report.",
)
@click.option("--new", "anew", is_flag=True, help="Start a new import: forget the report of earlier runs.")
@click.option("--dry-run", is_flag=True, help="Check all lines, and schedule nothing.")
@click.option(
    "--rename",
    "pattern",
    type=KeyPattern(),
    help="Give tasks other keys than in the file, v2-{key} for example: used keys stay taken for 90 days, or "
    "for the `keep` of a table.",
)
@click.option("--allow-past", is_flag=True, help="Call at once if a time has passed.")
@click.option(
    "--rate",
    "per_second",
    type=Rate(),
    help="Schedule at most this many tasks: 60/s, 1000/min. By default the Region's quota; a table has none.",
)
@json_option
@with_connection
def import_tasks(
    *,
    connect: Connector,
    file: Path,
    format_name: str | None,
    report_path: Path | None,
    anew: bool,
    dry_run: bool,
    pattern: str | None,
    allow_past: bool,
    per_second: float | None,
    as_json: bool,
) -> None:
    """Schedule the tasks of FILE, one a line, in NDJSON or CSV.

    A line has "payload" (a JSON object), "in" (90s, 30m, 2h or 7d, from the start of the import) or "at" (RFC
    3339), and optionally a "key" to find the task by.

    If a line fails, its number and the reason are printed, the others are scheduled, and the exit code is 8.
    FILE.report records the scheduled lines. Fix the lines, or press Ctrl-C and come back later: the same
    command schedules only what is missing.

    \b
    Examples:
      delay import tasks.ndjson --local
      delay import tasks.csv --dry-run
      delay import tasks.ndjson --rename 'v2-{key}' --local

    \b
    A line of tasks.ndjson:
      {"key": "order-42-confirm", "in": "7d", "payload": {"a": 1233333}}
    """
    rename = None if pattern is None else partial(pattern.replace, "{key}")
    with open_task_file(file, format_name, rename) as tasks:
        tasks.rows()  # CSV without column names ends the command before anything is written
        display = ImportDisplay(file.name, tasks, time.monotonic)
        if dry_run:
            importing = _check_lines(tasks, connect.store, display, allow_past=allow_past)
            counts = importing.counts
            if as_json:
                echo_json(asdict(counts))
            else:
                echo(dry_run_summary(counts))
            if importing.is_interrupted:
                raise SystemExit(ExitCode.INTERRUPTED)
            raise SystemExit(ExitCode.SOME_FAILED if counts.failed else 0)
        delay = connect()
        delay.check_clock()  # delays count from the time in the heading
        heading = Heading(file.name, delay.arn, delay.clock.now())
        path = report_path or file.with_name(f"{file.name}.report")
        with open_report(path, heading, anew=anew) as (report, earlier):
            _require_same_file(earlier, tasks, file, path)
            heading = earlier.resume(heading)
            if earlier.may_have_sent and not earlier.done:
                display.print(continuation_notice(heading.started))
            importing = Import(report, earlier, heading, delay.clock, display, allow_past=allow_past)
            _run(importing, tasks, partial(delay.schedule_many, rate=_make_call_rate(per_second)), display)
    _end(importing, display, path, as_json=as_json)


def _check_lines(tasks: TaskFile, store: StoreName, display: ImportDisplay, *, allow_past: bool) -> Import:
    """Check each task of the file by the rules of a store, and keep no report."""
    clock = SystemClock()
    with Path(os.devnull).open("wb") as nowhere:
        heading = Heading("", "", clock.now())
        importing = Import(Report(nowhere), EarlierRuns(), heading, clock, display, allow_past=allow_past)
        _run(importing, tasks, partial(map, partial(_check_request, store, clock)), display)
    return importing


def _check_request(store: StoreName, clock: Clock, request: Request) -> Result:
    try:
        validate_request(store, request, clock.now())
    except InvalidRequest as error:
        return Result(request, error=error)
    return Result(request)


def _require_same_file(earlier: EarlierRuns, tasks: TaskFile, file: Path, path: Path) -> None:
    """Refuse to continue the import of another file: delays would count from its start."""
    if earlier.heading is None or not earlier.may_have_sent:
        return
    if not _is_same_file(earlier, earlier.heading, tasks, file):
        raise ReportUnusable(
            f"{path} is about an import that is not complete, and has no line in common with {file}: "
            "--new begins a new import in its place, and --report names another report."
        )


def _is_same_file(earlier: EarlierRuns, heading: Heading, tasks: TaskFile, file: Path) -> bool:
    """Whether the report has a task of the file done. If it has none done, the file's name decides."""
    if not earlier.done:
        return heading.file == file.name
    return earlier.has_done_any(read_items(tasks.rows(), heading.started))


def _run(importing: Import, tasks: TaskFile, schedule_many: ScheduleMany, display: ImportDisplay) -> None:
    def interrupt() -> None:
        importing.interrupt()
        display.print("Waiting for the tasks in progress. Press Ctrl-C again to exit at once.")

    with display, handle_interrupt(interrupt):
        importing.run(tasks.rows(), schedule_many)


def _make_call_rate(per_second: float | None) -> CallRate | None:
    return None if per_second is None else CallRate(burst=max(1.0, per_second), per_second=per_second)


def _end(importing: Import, display: ImportDisplay, path: Path, *, as_json: bool) -> None:
    """Print the result of the import, and end the command with its exit code."""
    counts, is_cut_short = importing.counts, bool(importing.is_interrupted or importing.stopped_by)
    if as_json:
        echo_json({**asdict(counts), "is_complete": importing.is_complete, "report": str(path)})
    else:
        summary = import_summary(counts, display.elapsed_seconds, path, is_cut_short=is_cut_short)
        echo(*summary.split("\n"))
    if importing.stopped_by:
        raise importing.stopped_by
    if importing.is_interrupted:
        raise SystemExit(ExitCode.INTERRUPTED)
    if counts.failed:
        raise SystemExit(ExitCode.SOME_FAILED)
