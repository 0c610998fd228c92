"""CSV is read row by row, and what is broken does not keep the rest from being read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.files.comma_separated import write_header, write_row
from delay.files.entry import Broken, Fields
from delay.files.errors import TaskFileUnusable
from delay.files.lines import LONGEST_BYTES
from tests.unit.delay.files.reading import read_csv
from tests.unit.delay.text.test_json_object import VALUES

HEADER = "key,in,payload\n"


def row(key: str) -> str:
    """Write a row as it should be."""
    return f'{key},7d,"{{""a"":1}}"\n'


def read(number: int, key: str) -> Fields:
    """Give the row as it is read."""
    return Fields(number, {"key": key, "in": "7d", "payload": {"a": 1}})


def test_the_first_line_names_the_columns() -> None:
    """In any order; an empty cell says nothing."""
    assert read_csv(HEADER + row("a") + row("")) == [
        read(2, "a"),
        Fields(3, {"in": "7d", "payload": {"a": 1}}),
    ]


@pytest.mark.parametrize(
    "header", ["Key, In, Payload\r\n", "\ufeffkey,in,payload\n", '"key","in","payload"\n']
)
def test_a_header_is_read_however_a_spreadsheet_writes_it(header: str) -> None:
    """With a byte order mark, capitals, blanks, quotes or CRLF."""
    assert read_csv(header + row("a")) == [read(2, "a")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_separate_as_well(delimiter: str) -> None:
    """Where the comma is the decimal point, spreadsheets write semicolons."""
    assert read_csv((HEADER + row("a")).replace(",", delimiter)) == [read(2, "a")]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "\n",
        "order-1,7d,{}\n",
        "key,payload\n",
        "key,in\n",
        "key,in,payload,keey\n",
        "key,in,in,payload\n",
        '{"key": "a"}\n',
    ],
)
def test_a_first_line_that_names_no_columns_is_refused(header: str) -> None:
    """Then nothing is read: who knows what the cells mean."""
    with pytest.raises(
        TaskFileUnusable, match="must name its columns: payload, in or at or both, and optionally key"
    ):
        read_csv(header + row("a"))


def test_a_first_line_that_is_no_text_is_refused() -> None:
    """With the reason."""
    with pytest.raises(TaskFileUnusable, match="not UTF-8 text"):
        read_csv(b"\xe9,in,payload\n")


def test_a_cell_may_go_over_several_lines() -> None:
    """The row has the number of its first line."""
    assert read_csv(HEADER + 'a,7d,"{\n""a"":\n1}"\n' + row("b")) == [read(2, "a"), read(5, "b")]


@pytest.mark.parametrize("after", [1, 2, 3, 100])
def test_a_quote_that_is_never_closed_breaks_one_line(after: int) -> None:
    """However many rows follow it, each is read."""
    rows = read_csv(HEADER + 'x,7d,"{""a"":1}\n' + "".join(row(f"k{number}") for number in range(after)))
    assert isinstance(rows[0], Broken)
    assert rows[0].number == 2
    assert rows[0].reason.startswith("not CSV: ")
    assert rows[1:] == [read(number + 3, f"k{number}") for number in range(after)]


def test_of_two_quotes_that_are_never_closed_each_breaks_one_line() -> None:
    """What stands between them is read, though it looks as if it were quoted."""
    rows = read_csv(HEADER + 'x,7d,"{}\n' + row("a") + 'y,7d,"{}\n' + row("b"))
    assert [row.number for row in rows if isinstance(row, Broken)] == [2, 4]
    assert [row for row in rows if isinstance(row, Fields)] == [read(3, "a"), read(5, "b")]


def test_a_quote_that_is_closed_too_far_away_breaks_one_line() -> None:
    """No task is longer than that."""
    many = "".join(row(f"k{number}") for number in range(LONGEST_BYTES // 20))
    rows = read_csv(HEADER + 'x,7d,"{}\n' + many)
    assert [row.number for row in rows if isinstance(row, Broken)] == [2]
    assert len(rows) == LONGEST_BYTES // 20 + 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,7d", "2 cells, but the first line names 3 columns"),
        ("a,7d,{},x", "4 cells, but the first line names 3 columns"),
        ('a,7d,"{""a"":1"', "payload: not JSON: Expecting ',' delimiter at column 7"),
        ("a,7d,11", "payload: a number, not a JSON object"),
        ('a,7d,"{}"x', "not CSV: ',' expected after '\"'"),
        ('a,7d,"{}', "not CSV: a quote that is never closed"),
    ],
)
def test_a_broken_row_is_told_and_the_rest_is_read(line: str, says: str) -> None:
    """With its number and what is wrong with it."""
    before, broken, after = read_csv(HEADER + row("a") + line + "\n" + row("b"))
    assert (before, after) == (read(2, "a"), read(4, "b"))
    assert isinstance(broken, Broken)
    assert broken.number == 3
    assert says in broken.reason


def test_a_line_that_is_no_text_is_told_and_the_rest_is_read() -> None:
    """In whatever coding it is."""
    broken, after = read_csv(HEADER.encode() + b"caf\xe9,7d,{}\n" + row("b").encode())
    assert broken == Broken(2, "not UTF-8 text: byte 4 is 0xe9")
    assert after == read(3, "b")


def test_a_payload_of_the_greatest_size_is_read() -> None:
    """Though each of its quotes is doubled."""
    payload = {"a": '"' * 100_000}
    (only,) = read_csv(
        write_header() + write_row({"key": "k", "at": "2026-12-01T00:00:00Z", "payload": payload})
    )
    assert isinstance(only, Fields)
    assert only.values["payload"] == payload


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=4))
def test_what_is_written_can_be_read(payloads: list[dict[str, object]]) -> None:
    """Whatever a payload holds, quotes, commas and line ends included."""
    tasks = [{"key": "k", "at": "2026-12-01T00:00:00Z", "payload": payload} for payload in payloads]
    written = write_header() + "".join(map(write_row, tasks))
    assert [
        row.values for row in read_csv(written.encode("utf-8", "surrogatepass")) if isinstance(row, Fields)
    ] == tasks
    assert json.dumps(payloads)
