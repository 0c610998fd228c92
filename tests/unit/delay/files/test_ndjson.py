"""NDJSON is read line by line, and what is broken does not keep the rest from being read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.files.entry import Broken, Fields
from delay.files.ndjson import write_row
from tests.unit.delay.files.reading import read_ndjson
from tests.unit.delay.text.test_json_object import VALUES


def test_each_line_is_a_row_with_its_number() -> None:
    """Blank lines are none, but count."""
    assert read_ndjson('{"key": "a"}\n\n  \n{"key": "b"}') == [
        Fields(1, {"key": "a"}),
        Fields(4, {"key": "b"}),
    ]


def test_a_broken_line_is_told_and_the_rest_is_read() -> None:
    """With its number and what is wrong with it."""
    rows = read_ndjson('{"key": "a"}\n{"key": \n[1]\n{"key": "b"}\n')
    assert rows == [
        Fields(1, {"key": "a"}),
        Broken(2, "not JSON: Expecting value at column 9"),
        Broken(3, 'an array, not a JSON object such as {"order": 42}'),
        Fields(4, {"key": "b"}),
    ]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_file_that_was_cut_off_is_broken_in_its_last_line(cut: int) -> None:
    """Wherever it was cut, and the message says that the file ends there."""
    whole, broken = read_ndjson('{"key": "a"}\n' + '{"key": "b"}'[:cut])
    assert whole == Fields(1, {"key": "a"})
    assert isinstance(broken, Broken)
    assert broken.number == 2
    assert broken.reason.endswith("; the file ends within this line")


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=4))
def test_what_is_written_can_be_read(tasks: list[dict[str, object]]) -> None:
    """Each on a line of its own."""
    written = "".join(map(write_row, tasks)).encode("utf-8", "surrogatepass")
    assert read_ndjson(written) == [Fields(number, values) for number, values in enumerate(tasks, 1)]
