"""Task files in memory, and their rows."""

import io
from typing import BinaryIO

from delay.files import comma_separated, ndjson
from delay.files.entry import Row
from delay.files.lines import read_lines


def file(content: str | bytes) -> BinaryIO:
    """Return a file with this content."""
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


def read_ndjson(content: str | bytes) -> list[Row]:
    """Return the rows of NDJSON."""
    return list(ndjson.read_rows(read_lines(file(content))))


def read_csv(content: str | bytes) -> list[Row]:
    """Return the rows of CSV."""
    return list(comma_separated.read_rows(read_lines(file(content))))
