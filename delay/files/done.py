"""The tasks of a file that are scheduled, by their digests."""

from collections.abc import Iterable

from delay.files.temporary_table import temporary_table


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
