"""Opens the report of an import, for its owner alone. One import at a time may have it open."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from delay.files.earlier_runs import EarlierRuns
from delay.files.errors import ReportInUse, ReportUnusable
from delay.files.report import Heading, Report

_PRIVATE: Final = 0o600
"""Keys name customers, and errors may quote payloads: only the owner reads and writes a report."""


@contextmanager
def open_report(path: Path, heading: Heading, *, anew: bool = False) -> Iterator[tuple[Report, EarlierRuns]]:
    """Open the report for a run, and yield it with the earlier runs. `anew` discards the earlier runs.

    Raises:
        ReportInUse: another import has it open.
        ReportUnusable: it cannot be read or written, is not a report, or is about another state machine; or
            it is a symbolic link, no regular file, or another user's.

    """
    with _closing(_open(path)) as file:
        _lock(file, path)
        earlier = _read_earlier_runs(file, path)
        if anew:
            earlier = EarlierRuns()
        elif earlier.heading and earlier.heading.state_machine != heading.state_machine:
            raise ReportUnusable(
                f"{path} is the report of an import to {earlier.heading.state_machine}, and this one goes to "
                f"{heading.state_machine}: name another report with --report."
            )
        _narrow(file, path)
        file.truncate(earlier.length)
        _sync_folder(path)
        yield Report(file), earlier


def _open(path: Path) -> BinaryIO:
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, _PRIVATE)
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise _unwritable(path, reason) from error
    try:
        _require_own_file(os.fstat(file), path)
    except ReportUnusable:
        os.close(file)
        raise
    return os.fdopen(file, "a+b")


def _require_own_file(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _unwritable(path, "it is no regular file")
    if os.geteuid() not in (0, found.st_uid):
        raise _unwritable(path, "it belongs to another user")


def _narrow(file: BinaryIO, path: Path) -> None:
    if stat.S_IMODE(os.fstat(file.fileno()).st_mode) == _PRIVATE:
        return
    try:
        os.fchmod(file.fileno(), _PRIVATE)
    except OSError as error:
        raise _unwritable(path, error.strerror) from error


def _unwritable(path: Path, reason: str | None) -> ReportUnusable:
    return ReportUnusable(f"Cannot write the report {path}: {reason}. Name another place with --report.")


@contextmanager
def _closing(file: BinaryIO) -> Iterator[BinaryIO]:
    """Close the file at the end. A full disk was reported by the write that met it, not by the close."""
    try:
        yield file
    finally:
        with suppress(OSError):  # the write has raised it before
            file.close()


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ReportInUse(f"Another import is writing to {path}: wait until it ends.") from error


def _sync_folder(path: Path) -> None:
    """Write the report's name to disk, so that a power failure does not take the report with it."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError as error:
        raise ReportUnusable(f"Cannot write the report {path}: {error.strerror}.") from error
    finally:
        os.close(folder)


def _read_earlier_runs(file: BinaryIO, path: Path) -> EarlierRuns:
    earlier = EarlierRuns()
    try:
        earlier.read(file)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportUnusable(f"{path} is not the report of an import: name another with --report.") from error
    return earlier
