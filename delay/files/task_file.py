"""Opens the file of tasks that `delay import` was given."""

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from delay.files import comma_separated, ndjson
from delay.files.entry import Fields, Row
from delay.files.errors import TaskFileUnusable
from delay.files.lines import read_lines

FORMATS = ("ndjson", "csv")

_NOT_STANDARD_INPUT = "write standard input into a file first, so that a second run can read it again."

_FORMAT_OF_SUFFIX = {".csv": "csv", ".jsonl": "ndjson", ".ndjson": "ndjson"}


class TaskFile:
    """An open file of tasks: its size, its rows, and the number of bytes read so far."""

    def __init__(self, file: BinaryIO, format_name: str, rename: Callable[[str], str] | None = None) -> None:
        self._file = file
        self._rename = rename
        self._format = format_name
        self.size_bytes = file.seek(0, 2)

    @property
    def read_bytes(self) -> int:
        """The number of bytes read so far."""
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the rows, from the beginning.

        Raises:
            TaskFileUnusable: it is CSV, and its first line does not name the columns.

        """
        self._file.seek(0)
        lines = read_lines(self._file)
        rows = comma_separated.read_rows(lines) if self._format == "csv" else ndjson.read_rows(lines)
        return rows if self._rename is None else map(self._rename_key, rows)

    def _rename_key(self, row: Row) -> Row:
        """Return a row with another key, if it has one. The parser of the row checks the key."""
        key = row.values.get("key") if isinstance(row, Fields) else None
        if not isinstance(row, Fields) or not isinstance(key, str) or not key or self._rename is None:
            return row
        return Fields(row.number, {**row.values, "key": self._rename(key)})


@contextmanager
def open_task_file(
    path: Path, format_name: str | None = None, rename: Callable[[str], str] | None = None
) -> Iterator[TaskFile]:
    """Open a file of tasks. Without `format_name`, the suffix of its name decides.

    `rename` returns the key that a task gets in place of the one in the file.

    Raises:
        TaskFileUnusable: it is missing, not a regular file, not UTF-8 text, or in an unknown format.

    """
    chosen = format_name or _FORMAT_OF_SUFFIX.get(path.suffix.lower())
    with _open(path) as file:
        beginning = file.read(4096) if file.seekable() else b""
        _require_task_text(path, file, beginning)
        if chosen is None:
            raise TaskFileUnusable(f"{path} could be NDJSON or CSV: give --format.")
        yield TaskFile(file, chosen, rename)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        reason = _NOT_STANDARD_INPUT if str(path) == "-" else f"{error.strerror}."
        raise TaskFileUnusable(f"Cannot read {path}: {reason}") from error


def _require_task_text(path: Path, file: BinaryIO, beginning: bytes) -> None:
    if not file.seekable():
        raise TaskFileUnusable(f"{path} is not a regular file: a second run could not read it again.")
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TaskFileUnusable(f"{path} is UTF-16: save it as UTF-8.")
    if b"\0" in beginning:
        raise TaskFileUnusable(f"{path} is not text: it contains zero bytes.")
    if beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        raise TaskFileUnusable(
            f"{path} is a JSON array, not an object on each line: jq -c '.[]' {path} > tasks.ndjson"
        )
