"""Files for the tests, in memory."""

import io
from typing import BinaryIO

from delay.files import comma_separated, ndjson
from delay.files.entry import Row
from delay.files.lines import read_lines


def file(content: str | bytes) -> BinaryIO:
    """Give a file with a content."""
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


def read_ndjson(content: str | bytes) -> list[Row]:
    """Read the rows of NDJSON."""
    return list(ndjson.read_rows(read_lines(file(content))))


def read_csv(content: str | bytes) -> list[Row]:
    """Read the rows of CSV."""
    return list(comma_separated.read_rows(read_lines(file(content))))
