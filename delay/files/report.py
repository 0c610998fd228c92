"""What became of an import, on disk: a second run reads it, and schedules only what is missing.

A report is NDJSON, and each run adds to it. The first line of a run says what is imported, where to, and
from when on. Then come lines of two kinds, as things happen: `done` with the digests of tasks that are
scheduled (base64, one after the other), and `line` with the `error` of one that is not. The last one counts
them. What a report does not call done is sent again, so that a line which a crash kept from being written
does no harm.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Self

from delay.files.entry import DIGEST_BYTES
from delay.files.errors import ReportUnusable

_MOST_PENDING = 500
"""Digests in one line of a report: one of 8,000 characters can still be looked at."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What an import is about: its file, its state machine, and its start, from which delays count."""

    file: str
    state_machine: str
    started: datetime

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Self:
        """Read the first line of a run; KeyError, TypeError or ValueError say that it is none."""
        return cls(record["import"], record["state_machine"], datetime.fromisoformat(record["started"]))

    @property
    def record(self) -> dict[str, str]:
        """The first line of a run."""
        started = self.started.isoformat()
        return {"import": self.file, "state_machine": self.state_machine, "started": started}


class Report:
    """The report of a running import. What it was told is on disk after `write_pending`, and after `end`.

    Its methods raise ReportUnusable where the disk is full, for example.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pending: list[bytes] = []

    def begin(self, heading: Heading) -> None:
        """Write the first line."""
        self._write(heading.record)

    def add_done(self, digest: bytes) -> None:
        """Note that a task is scheduled."""
        self._pending.append(digest)
        if len(self._pending) == _MOST_PENDING:
            self.write_pending()

    def add_failure(self, line: int, key: str | None, error: str) -> None:
        """Note that a line is not scheduled, and why."""
        self._write({"line": line, "key": key, "error": error})

    def write_pending(self) -> None:
        """Write what is scheduled so far."""
        if self._pending:
            self._write({"done": b64encode(b"".join(self._pending)).decode()})
            self._pending.clear()

    def end(self, *, is_complete: bool, **counts: int) -> None:
        """Write the last line. An import is complete when no line of the file is missing."""
        self.write_pending()
        self._write({"is_complete": is_complete, **counts})

    def _write(self, record: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise ReportUnusable(
                f"Cannot write the report: {error.strerror}. Run the command again."
            ) from error


def digests(record: dict[str, Any]) -> Iterator[bytes]:
    """Read the digests of a `done` line; TypeError or ValueError say that it is none."""
    joined = b64decode(record["done"], validate=True)
    if len(joined) % DIGEST_BYTES:
        raise ValueError("a digest was cut off")
    return (joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES))
