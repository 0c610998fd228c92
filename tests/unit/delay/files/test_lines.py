"""Lines are read one by one, and no line is too long for the memory."""

import codecs
import re

import pytest

from delay.files.lines import LONGEST_BYTES, read_lines
from tests.unit.delay.files.reading import file


def test_lines_end_with_lf_or_crlf() -> None:
    """The last line may lack its end, and says so."""
    lines = list(read_lines(file("a\r\nb\n\nc")))
    assert [(line.number, line.text, line.is_ended) for line in lines] == [
        (1, "a", True),
        (2, "b", True),
        (3, "", True),
        (4, "c", False),
    ]


def test_byte_order_mark_is_no_text() -> None:
    """Some editors begin a file with it."""
    (line,) = read_lines(file(codecs.BOM_UTF8 + b"{}"))
    assert line.text == "{}"


def test_text_that_is_not_utf_8_is_reported_with_its_place() -> None:
    """The other lines are read."""
    latin, after = read_lines(file(b"caf\xe9\nb"))
    with pytest.raises(ValueError, match="not UTF-8 text: byte 4 is 0xe9"):
        _ = latin.text
    assert after.text == "b"


@pytest.mark.parametrize("length", [LONGEST_BYTES + 1, 3 * LONGEST_BYTES])
def test_line_longer_than_any_task_is_not_kept(length: int) -> None:
    """The next line is read, with its own number."""
    long, after = read_lines(file(b"x" * length + b"\nb\n"))
    assert (len(long.content), long.is_ended) == (LONGEST_BYTES + 1, True)
    assert (after.number, after.text) == (2, "b")
    with pytest.raises(ValueError, match=re.escape("longer than 1,048,576 bytes")):
        _ = long.text


def test_line_of_the_maximum_length_is_read() -> None:
    """Its last byte is read too."""
    (line,) = read_lines(file(b"x" * LONGEST_BYTES))
    assert len(line.text) == LONGEST_BYTES
