"""Reads a file line by line, with bounded memory."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_BYTES = 1_048_576
"""Four times the largest payload, because quotes may be doubled and characters escaped."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number, from 1. `content` excludes the line end, and is cut off if too long."""

    number: int
    content: bytes
    is_ended: bool = True

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than any task can be. Then `content` is only its beginning."""
        return len(self.content) > LONGEST_BYTES

    @property
    def text(self) -> str:
        """The line, decoded.

        Raises:
            ValueError: it is too long, or not UTF-8.

        """
        if self.is_too_long:
            raise ValueError(f"longer than {LONGEST_BYTES:,} bytes")
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"not UTF-8 text: byte {error.start + 1} is 0x{self.content[error.start]:02x}"
            ) from error


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a file. LF and CRLF end a line; a byte order mark is skipped."""
    number = 1
    while content := file.readline(LONGEST_BYTES + 1):
        if number == 1:
            content = content.removeprefix(codecs.BOM_UTF8)
        is_ended = content.endswith(b"\n") or (len(content) > LONGEST_BYTES and _skip_line(file))
        yield Line(number, content.removesuffix(b"\n").removesuffix(b"\r"), is_ended)
        number += 1


def _skip_line(file: BinaryIO) -> bool:
    """Skip the rest of a line; return whether it has a line end."""
    while part := file.readline(LONGEST_BYTES):
        if part.endswith(b"\n"):
            return True
    return False
