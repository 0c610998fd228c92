"""The keys and digests of a file so far, in temporary tables on disk: there may be millions."""

import sqlite3
import weakref
from collections.abc import Iterable
from dataclasses import dataclass


def create_temporary_table(owner: object, columns: str) -> sqlite3.Connection:
    """Create the table `item` in a temporary database, which disappears with its owner."""
    # the garbage collector may end the owner in any thread
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    weakref.finalize(owner, database.close)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute(f"CREATE TABLE item ({columns}) WITHOUT ROWID")
    database.execute("BEGIN")  # one transaction, never committed: nothing may outlive the run
    return database


_ADD = """
    INSERT INTO item VALUES (:name, :line, :digest, 1)
    ON CONFLICT DO UPDATE SET count = count + 1
    RETURNING line, digest, count
"""


@dataclass(frozen=True, slots=True)
class Use:
    """The `count`-th use of a name. Its first use was in `first_line`, for a task with `first_digest`."""

    first_line: int
    first_digest: bytes
    count: int


class Seen:
    """The names so far, and the lines of their first use."""

    def __init__(self) -> None:
        columns = "name BLOB PRIMARY KEY, line INTEGER, digest BLOB, count INTEGER"
        self._table = create_temporary_table(self, columns)

    def add(self, name: str, line: int, digest: bytes) -> Use:
        """Record the use of a name in a line, for the task with a digest."""
        encoded = name.encode(errors="surrogatepass")  # a key that no store takes is that line's fault alone
        return Use(*self._table.execute(_ADD, {"name": encoded, "line": line, "digest": digest}).fetchone())


class Done:
    """A set of digests of scheduled tasks."""

    def __init__(self) -> None:
        self._table = create_temporary_table(self, "digest BLOB PRIMARY KEY")

    def update(self, digests: Iterable[bytes]) -> None:
        """Add digests."""
        self._table.executemany("INSERT OR IGNORE INTO item VALUES (?)", ((digest,) for digest in digests))

    def __contains__(self, digest: bytes) -> bool:
        """Return whether the set has a digest."""
        return self._table.execute("SELECT 1 FROM item WHERE digest = ?", (digest,)).fetchone() is not None

    def __len__(self) -> int:
        """Return the number of digests."""
        (count,) = self._table.execute("SELECT count(*) FROM item").fetchone()
        return int(count)
