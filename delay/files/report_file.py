"""Open the report of an import. One import at a time may have it open."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from delay.files.earlier_runs import EarlierRuns
from delay.files.errors import ReportInUse, ReportUnusable
from delay.files.report import Heading, Report


@contextmanager
def open_report(path: Path, heading: Heading, *, anew: bool = False) -> Iterator[tuple[Report, EarlierRuns]]:
    """Open the report for a run, and yield it with the earlier runs. `anew` discards the earlier runs.

    Raises:
        ReportInUse: another import has it open.
        ReportUnusable: it cannot be read or written, is not a report, or is about another state machine.

    """
    with _open(path) as file:
        _lock(file, path)
        earlier = _read_earlier_runs(file, path)
        if anew:
            earlier = EarlierRuns()
        elif earlier.heading and earlier.heading.state_machine != heading.state_machine:
            raise ReportUnusable(
                f"{path} is the report of an import to {earlier.heading.state_machine}, and this one goes to "
                f"{heading.state_machine}: name another report with --report."
            )
        file.truncate(earlier.length)
        yield Report(file), earlier


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("a+b")
    except OSError as error:
        raise ReportUnusable(
            f"Cannot write the report {path}: {error.strerror}. Name another place with --report."
        ) from error


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ReportInUse(f"Another import is writing to {path}: wait until it ends.") from error


def _read_earlier_runs(file: BinaryIO, path: Path) -> EarlierRuns:
    earlier = EarlierRuns()
    try:
        earlier.read(file)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportUnusable(f"{path} is not the report of an import: name another with --report.") from error
    return earlier
