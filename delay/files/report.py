"""Writes the report of an import: a second run reads it, and schedules only the missing tasks.

A report is NDJSON, and each run appends to it:

- The first line of a run names the file, the state machine, and the start of the import. It is on disk
  before the first task is sent, since the start determines the keys of tasks that have none in the file.
- A `done` line has the digests of scheduled tasks, concatenated, in base64.
- A `line` line has the number of a failed line and its `error`.
- The last line of a run has the counts, and `sent`, the number of tasks that the run tried to schedule.

A task without a digest in the report is sent again, so a line lost in a crash does no harm.
"""

import errno
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Self

from delay.files.entry import DIGEST_BYTES
from delay.files.errors import ReportUnusable

_MOST_PENDING = 500
"""The most digests in one line of a report, so that it stays readable at 8,000 characters."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The subject of an import: its file, its state machine, and its start, from which delays count."""

    file: str
    state_machine: str
    started: datetime

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Self:
        """Parse the first line of a run.

        Raises:
            KeyError, TypeError, ValueError: it is not the first line of a run.

        """
        return cls(record["import"], record["state_machine"], datetime.fromisoformat(record["started"]))

    @property
    def record(self) -> dict[str, str]:
        """The first line of a run."""
        started = self.started.isoformat()
        return {"import": self.file, "state_machine": self.state_machine, "started": started}


class Report:
    """The report of a running import. Everything added is on disk after `write_pending` and after `end`.

    Its methods raise ReportUnusable if the disk is full, for example.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pending: list[bytes] = []

    def begin(self, heading: Heading) -> None:
        """Write the first line of the run. It survives a power failure after this returns."""
        self._write(heading.record)
        try:
            _sync(self._file)
        except OSError as error:
            raise _build_unwritable(error) from error

    def add_done(self, digest: bytes) -> None:
        """Record that a task is scheduled."""
        self._pending.append(digest)
        if len(self._pending) == _MOST_PENDING:
            self.write_pending()

    def add_failure(self, line: int, key: str | None, error: str) -> None:
        """Record that a line is not scheduled, and the error."""
        self._write({"line": line, "key": key, "error": error})

    def write_pending(self) -> None:
        """Write the digests that are not written yet."""
        if self._pending:
            self._write({"done": b64encode(b"".join(self._pending)).decode()})
            self._pending.clear()

    def end(self, *, is_complete: bool, sent: int, **counts: int) -> None:
        """Write the last line of the run. An import is complete if every line of the file is scheduled.

        `sent` is the number of tasks that the run tried to schedule: if it is 0, the next run may start anew.
        """
        self.write_pending()
        self._write({"is_complete": is_complete, "sent": sent, **counts})

    def _write(self, record: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise _build_unwritable(error) from error


def _build_unwritable(error: OSError) -> ReportUnusable:
    return ReportUnusable(f"Cannot write the report: {error.strerror}. Run the command again.")


def _sync(file: BinaryIO) -> None:
    """Write what the system has cached to disk. A device such as /dev/null has no cache."""
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise


def parse_digests(record: dict[str, Any]) -> Iterator[bytes]:
    """Return the digests of a `done` line.

    Raises:
        TypeError, ValueError: it is not a `done` line.

    """
    joined = b64decode(record["done"], validate=True)
    if len(joined) % DIGEST_BYTES:
        raise ValueError("a digest was cut off")
    return (joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES))
