"""Where the report of an import lies: one import at a time reads it and adds to it."""

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
    """Open the report of a run and of those before it, which `anew` forgets; there need not be any.

    Raises:
        ReportInUse: another import has it.
        ReportUnusable: it cannot be read or written, it is something else, or about another state machine.

    """
    with _opened(path) as file:
        _lock(file, path)
        earlier = _earlier(file, path)
        if anew:
            earlier = EarlierRuns()
        elif earlier.heading and earlier.heading.state_machine != heading.state_machine:
            raise ReportUnusable(
                f"{path} is about an import to {earlier.heading.state_machine}, and this one goes to "
                f"{heading.state_machine}: name another report with --report."
            )
        file.truncate(earlier.length)
        yield Report(file), earlier


def _opened(path: Path) -> BinaryIO:
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
        raise ReportInUse(f"Another import writes to {path}: wait for its end.") from error


def _earlier(file: BinaryIO, path: Path) -> EarlierRuns:
    earlier = EarlierRuns()
    try:
        earlier.read(file)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportUnusable(f"{path} is no report of an import: name another with --report.") from error
    return earlier
