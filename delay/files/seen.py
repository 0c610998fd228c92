"""The keys that a file has named so far."""

from dataclasses import dataclass

from delay.files.temporary_table import temporary_table

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
