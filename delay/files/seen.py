"""The keys that a file has named so far."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


def temporary_table(columns: str) -> sqlite3.Connection:
    """Create the table `item` in a database of its own, which disappears with the connection."""
    database = sqlite3.connect("", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute(f"CREATE TABLE item ({columns}) WITHOUT ROWID")
    database.execute("BEGIN")  # one transaction, never ended: nothing is to outlive the run
    return database


_MEET = """
    INSERT INTO item VALUES (:name, :line, :digest, 1)
    ON CONFLICT DO UPDATE SET count = count + 1
    RETURNING line, digest, count
"""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A name was met for the `count`-th time: first in `line`, where it stood for a task with `digest`."""

    line: int
    digest: bytes
    count: int


class Seen:
    """Remembers names, and the lines in which they stood first."""

    def __init__(self) -> None:
        self._table = temporary_table("name TEXT PRIMARY KEY, line INTEGER, digest BLOB, count INTEGER")

    def meet(self, name: str, line: int, digest: bytes) -> Meeting:
        """Note that a name stands in a line, for the task with a digest."""
        return Meeting(*self._table.execute(_MEET, {"name": name, "line": line, "digest": digest}).fetchone())


class Done:
    """A set of digests."""

    def __init__(self) -> None:
        self._table = temporary_table("digest BLOB PRIMARY KEY")

    def update(self, digests: Iterable[bytes]) -> None:
        """Add digests."""
        self._table.executemany("INSERT OR IGNORE INTO item VALUES (?)", ((digest,) for digest in digests))

    def __contains__(self, digest: bytes) -> bool:
        """Say whether a task is scheduled."""
        return self._table.execute("SELECT 1 FROM item WHERE digest = ?", (digest,)).fetchone() is not None

    def __len__(self) -> int:
        """Count them."""
        (count,) = self._table.execute("SELECT count(*) FROM item").fetchone()
        return int(count)
