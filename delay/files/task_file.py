"""A file of tasks, as it was named to `delay import`."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from delay.files import comma_separated, ndjson
from delay.files.entry import Row
from delay.files.errors import TaskFileUnusable
from delay.files.lines import read_lines

FORMATS = ("ndjson", "csv")

_FORMAT_OF_SUFFIX = {".csv": "csv", ".jsonl": "ndjson", ".ndjson": "ndjson"}


class TaskFile:
    """An open file of tasks: how long it is, how far it has been read, and its rows."""

    def __init__(self, file: BinaryIO, format_name: str) -> None:
        self._file = file
        self._format = format_name
        self.size_bytes = file.seek(0, 2)

    @property
    def read_bytes(self) -> int:
        """How far it has been read."""
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """Read the rows from the beginning.

        Raises:
            TaskFileUnusable: it is CSV whose first line does not name the columns.

        """
        self._file.seek(0)
        lines = read_lines(self._file)
        return comma_separated.read_rows(lines) if self._format == "csv" else ndjson.read_rows(lines)


@contextmanager
def open_task_file(path: Path, format_name: str | None = None) -> Iterator[TaskFile]:
    """Open a file of tasks. Without a format, the end of its name says which it is.

    Raises:
        TaskFileUnusable: it is not there, no file, not UTF-8 text, or of no form that is known.

    """
    chosen = format_name or _FORMAT_OF_SUFFIX.get(path.suffix.lower())
    with _opened(path) as file:
        beginning = file.read(4096) if file.seekable() else b""
        _check(path, file, beginning)
        if chosen is None:
            raise TaskFileUnusable(f"{path} could be NDJSON or CSV: say which with --format.")
        yield TaskFile(file, chosen)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise TaskFileUnusable(f"Cannot read {path}: {error.strerror}.") from error


def _check(path: Path, file: BinaryIO, beginning: bytes) -> None:
    if not file.seekable():
        raise TaskFileUnusable(f"{path} is no file: one is wanted, for a second run has to read it again.")
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TaskFileUnusable(f"{path} is UTF-16: save it as UTF-8.")
    if b"\0" in beginning:
        raise TaskFileUnusable(f"{path} is not text: it holds zero bytes.")
    if beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        raise TaskFileUnusable(
            f"{path} is a JSON array, and an object on each line is wanted: jq -c '.[]' {path} > tasks.ndjson"
        )
