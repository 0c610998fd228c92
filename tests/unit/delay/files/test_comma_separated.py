"""CSV is read row by row, and a broken row does not stop the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.files import comma_separated
from delay.files.comma_separated import write_header, write_row
from delay.files.entry import Broken, Fields
from delay.files.errors import TaskFileUnusable
from delay.files.lines import LONGEST_BYTES
from tests.unit.delay.files.reading import read_csv
from tests.unit.delay.text.test_json_object import VALUES

HEADER = "key,in,payload\n"


def row(key: str) -> str:
    """Return a valid row."""
    return f'{key},7d,"{{""a"":1}}"\n'


def fields(number: int, key: str) -> Fields:
    """Return the fields of that row."""
    return Fields(number, {"key": key, "in": "7d", "payload": {"a": 1}})


def test_first_line_names_the_columns() -> None:
    """They can be in any order, and an empty cell counts as absent."""
    assert read_csv(HEADER + row("a") + row("")) == [
        fields(2, "a"),
        Fields(3, {"in": "7d", "payload": {"a": 1}}),
    ]


@pytest.mark.parametrize(
    "header", ["Key, In, Payload\r\n", "\ufeffkey,in,payload\n", '"key","in","payload"\n']
)
def test_header_of_any_spreadsheet_is_read(header: str) -> None:
    """It may have a byte order mark, capitals, blanks, quotes or CRLF."""
    assert read_csv(header + row("a")) == [fields(2, "a")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_delimiters_too(delimiter: str) -> None:
    """Spreadsheets write semicolons where the comma is the decimal point."""
    assert read_csv((HEADER + row("a")).replace(",", delimiter)) == [fields(2, "a")]


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
def test_first_line_without_column_names_is_refused(header: str) -> None:
    """No row is read, since its cells could mean anything."""
    with pytest.raises(
        TaskFileUnusable, match="must name its columns: payload, in or at or both, and optionally key"
    ):
        read_csv(header + row("a"))


def test_first_line_that_is_not_utf_8_is_refused() -> None:
    """The error has the reason."""
    with pytest.raises(TaskFileUnusable, match="not UTF-8 text"):
        read_csv(b"\xe9,in,payload\n")


def test_cell_may_span_several_lines() -> None:
    """The row has the number of its first line."""
    assert read_csv(HEADER + 'a,7d,"{\n""a"":\n1}"\n' + row("b")) == [fields(2, "a"), fields(5, "b")]


@pytest.mark.parametrize("after", [1, 2, 3, 100])
def test_unclosed_quote_breaks_one_line(after: int) -> None:
    """Each row after it is read."""
    rows = read_csv(HEADER + 'x,7d,"{""a"":1}\n' + "".join(row(f"k{number}") for number in range(after)))
    assert isinstance(rows[0], Broken)
    assert rows[0].number == 2
    assert rows[0].reason.startswith("not CSV: ")
    assert rows[1:] == [fields(number + 3, f"k{number}") for number in range(after)]


def test_two_unclosed_quotes_break_one_line_each() -> None:
    """The row between them is read, though it looks quoted."""
    rows = read_csv(HEADER + 'x,7d,"{}\n' + row("a") + 'y,7d,"{}\n' + row("b"))
    assert [row.number for row in rows if isinstance(row, Broken)] == [2, 4]
    assert [row for row in rows if isinstance(row, Fields)] == [fields(3, "a"), fields(5, "b")]


def test_quote_closed_too_far_away_breaks_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """No task is that long; the limit is a hundredth of the true one."""
    longest = LONGEST_BYTES // 100
    monkeypatch.setattr(comma_separated, "LONGEST_BYTES", longest)
    rows_between = "".join(row(f"k{number}") for number in range(longest // 20))
    rows = read_csv(HEADER + 'x,7d,"{}\n' + rows_between)
    assert [row.number for row in rows if isinstance(row, Broken)] == [2]
    assert len(rows) == longest // 20 + 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,7d", "2 cells, but the first line names 3 columns"),
        ("a,7d,{},x", "4 cells, but the first line names 3 columns"),
        ('a,7d,"{""a"":1"', "payload: not JSON: Expecting ',' delimiter at column 7"),
        ("a,7d,11", "payload: a number, not a JSON object"),
        ('a,7d,"{}"x', "not CSV: ',' expected after '\"'"),
        ('a,7d,"{}', "not CSV: a quote that is never closed"),
    ],
)
def test_broken_row_is_reported_and_the_rest_is_read(line: str, message: str) -> None:
    """The report has its number and its fault."""
    before, broken, after = read_csv(HEADER + row("a") + line + "\n" + row("b"))
    assert (before, after) == (fields(2, "a"), fields(4, "b"))
    assert isinstance(broken, Broken)
    assert broken.number == 3
    assert message in broken.reason


def test_line_that_is_not_utf_8_is_reported_and_the_rest_is_read() -> None:
    """The report has the first invalid byte."""
    broken, after = read_csv(HEADER.encode() + b"caf\xe9,7d,{}\n" + row("b").encode())
    assert broken == Broken(2, "not UTF-8 text: byte 4 is 0xe9")
    assert after == fields(3, "b")


def test_payload_of_the_maximum_size_is_read() -> None:
    """Each of its quotes is doubled in the file."""
    payload = {"a": '"' * 100_000}
    (only,) = read_csv(
        write_header() + write_row({"key": "k", "at": "2026-12-01T00:00:00Z", "payload": payload})
    )
    assert isinstance(only, Fields)
    assert only.values["payload"] == payload


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=4))
def test_written_rows_can_be_read(payloads: list[dict[str, object]]) -> None:
    """A payload may contain quotes, commas and line ends."""
    tasks = [{"key": "k", "at": "2026-12-01T00:00:00Z", "payload": payload} for payload in payloads]
    written = write_header() + "".join(map(write_row, tasks))
    assert [
        row.values for row in read_csv(written.encode("utf-8", "surrogatepass")) if isinstance(row, Fields)
    ] == tasks
    assert json.dumps(payloads)
