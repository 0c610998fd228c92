"""NDJSON is read line by line, and a broken line does not stop the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.files.entry import Broken, Fields
from delay.files.ndjson import write_row
from tests.unit.delay.files.reading import read_ndjson
from tests.unit.delay.text.test_json_object import VALUES


def test_each_line_is_a_row_with_its_number() -> None:
    """Blank lines are no rows, but they count."""
    assert read_ndjson('{"key": "a"}\n\n  \n{"key": "b"}') == [
        Fields(1, {"key": "a"}),
        Fields(4, {"key": "b"}),
    ]


def test_broken_line_is_reported_and_the_rest_is_read() -> None:
    """The report has its number and its fault."""
    rows = read_ndjson('{"key": "a"}\n{"key": \n[1]\n{"key": "b"}\n')
    assert rows == [
        Fields(1, {"key": "a"}),
        Broken(2, "not JSON: Expecting value at column 9"),
        Broken(3, 'an array, not a JSON object such as {"order": 42}'),
        Fields(4, {"key": "b"}),
    ]


@pytest.mark.parametrize("cut", range(1, 12))
def test_truncated_file_is_broken_in_its_last_line(cut: int) -> None:
    """The message says that the file ends within the line."""
    whole, broken = read_ndjson('{"key": "a"}\n' + '{"key": "b"}'[:cut])
    assert whole == Fields(1, {"key": "a"})
    assert isinstance(broken, Broken)
    assert broken.number == 2
    assert broken.reason.endswith("; the file ends within this line")


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=4))
def test_written_rows_can_be_read(tasks: list[dict[str, object]]) -> None:
    """Each is on its own line."""
    written = "".join(map(write_row, tasks)).encode("utf-8", "surrogatepass")
    assert read_ndjson(written) == [Fields(number, values) for number, values in enumerate(tasks, 1)]
