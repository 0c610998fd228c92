"""The formats of datasets: CSV by AWS's rules, JSON Lines and JSON, whatever the parts they come in."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.integrations.formats import (
    MAX_ITEM_BYTES,
    BadContent,
    CsvParser,
    Decompressor,
    JsonLinesParser,
    JsonParser,
    Parser,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SIZES = st.integers(min_value=1, max_value=9)
FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\\\0"), max_size=6)


def parse(parser: Parser, content: bytes, size: int = 5) -> list[Any]:
    """Return the values and keys of all records of content that comes in parts."""
    found = [record for at in range(0, len(content), size) for record in parser.feed(content[at : at + size])]
    return [*found, *parser.end()]


def values(parser: Parser, content: bytes, size: int = 5) -> list[Any]:
    return [value for value, _ in parse(parser, content, size)]


def read_csv(text: str, headers: list[str] | None = None, delimiter: str = ",") -> list[list[str]]:
    """Return the rows of a text, each as the values of its columns."""
    return [list(row.values()) for row in values(CsvParser(delimiter, headers), text.encode())]


@given(st.lists(st.lists(FIELD, min_size=2, max_size=2), max_size=5), SIZES, st.sampled_from(",|;\t"))
def test_csv_that_a_library_writes_is_read_back(rows: list[list[str]], size: int, delimiter: str) -> None:
    """Quotes, delimiters and line breaks within fields are part of them."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    read = values(CsvParser(delimiter, ["a", "b"]), file.getvalue().encode(), size)
    assert read == [{"a": a, "b": b} for a, b in rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('abc,"a (""), and a (\n)",{""k"":""v""}', [["abc", 'a ("), and a (\n)', '{"k":"v"}']]),
        ("C:\\\\Files\\\\App.exe,a\\,b,\\x", [["C:\\Files\\App.exe", "a,b", "x"]]),
        ("1\r\n\r\n1,2,3,4\r\n", [["1", "", ""], ["1", "2", "3"]]),
        ("   \n,,\n", [["   ", "", ""], ["", "", ""]]),
        ('"""Hello""",""', [['"Hello"', "", ""]]),
        ("é,ü\n", [["é", "ü", ""]]),
    ],
)
def test_csv_follows_the_rules_of_aws(text: str, rows: list[list[str]]) -> None:
    """Escapes, missing fields and further fields are as documented."""
    assert read_csv(text, ["a", "b", "c"]) == rows


def test_first_row_has_the_names_of_the_columns() -> None:
    """A byte order mark is not part of the first."""
    assert values(CsvParser(",", None), "\ufeffa,b\n1,2".encode()) == [{"a": "1", "b": "2"}]


def test_columns_with_the_same_name_are_refused() -> None:
    """The words are AWS's."""
    with pytest.raises(BadContent, match=r"CSV headers cannot contain duplicates\."):
        CsvParser(",", ["a", "a"])


@given(st.lists(JSON, max_size=5), SIZES)
def test_json_lines_are_values(items: list[Any], size: int) -> None:
    """Blank lines are left out."""
    content = "\n\n".join(map(json.dumps, items)).encode()
    assert values(JsonLinesParser(), content, size) == items


@given(st.lists(JSON, max_size=4), SIZES)
def test_items_of_a_json_array_are_read_in_order(items: list[Any], size: int) -> None:
    """Numbers keep their kind."""
    read = values(JsonParser(), json.dumps(items).encode(), size)
    assert json.dumps(read) == json.dumps(items)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.text(), SIZES)
def test_members_of_a_nested_object_are_items_with_keys(
    members: dict[str, Any], name: str, size: int
) -> None:
    """The pointer passes objects and arrays; what stands beside them is left out."""
    document = {"beside": {"x": [1]}, "deep" + name: [[0], {name: members}], "after": 3}
    pointer = ("deep" + name, "1", name)
    assert parse(JsonParser(pointer), json.dumps(document).encode(), size) == [
        (value, key) for key, value in members.items()
    ]


@given(st.lists(st.integers(), min_size=1, max_size=20), SIZES)
def test_reading_goes_on_at_any_offset(items: list[int], size: int) -> None:
    """The offset after a record is where the next one begins."""
    lines = "".join(f"{item},x\n" for item in items).encode()
    for make in (JsonLinesParser, lambda at: CsvParser(",", ["a", "b"], at)):
        content = lines.replace(b",x", b"") if isinstance(make(0), JsonLinesParser) else lines
        first = make(0)
        read = next(iter(first.feed(content)))
        rest = make(first.offset or 0)
        assert [read, *parse(rest, content[first.offset or 0 :], size)] == parse(make(0), content, size)


def test_compressed_content_is_decompressed() -> None:
    """Several members make up one content."""
    decompressor = Decompressor()
    content = gzip.compress(b'{"a": 1}\n') + gzip.compress(b"[2]")
    parts = b"".join(
        plain for at in range(0, len(content), 7) for plain in decompressor.feed(content[at : at + 7])
    )
    assert decompressor.is_compressed
    assert parts == b'{"a": 1}\n[2]'


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda: values(JsonLinesParser(), b"[1\n2"), r"^'\[1' is not JSON: "),
        (lambda: values(JsonLinesParser(), b'"\xff"\n'), "^it is not UTF-8$"),
        (lambda: values(JsonParser(), b"[1"), "it is not JSON"),
        (lambda: values(JsonParser(), b"[1 2]"), "it is not JSON"),
        (lambda: values(JsonParser(), b"7"), "Attempting to map over non-iterable node"),
        (lambda: values(JsonParser(("a",)), b'{"b": []}'), "it has nothing at /a"),
        (lambda: values(JsonParser(), b"[1e999]"), "too large"),
        (lambda: values(JsonLinesParser(), b"1" * (MAX_ITEM_BYTES + 1), 1024 * 1024), "more than 8 MB"),
        (lambda: values(CsvParser(",", ["a"]), b"1" * (MAX_ITEM_BYTES + 1), 1024 * 1024), "more than 8 MB"),
        (lambda: [*Decompressor().feed(b"\x28\xb5\x2f\xfd rest")], "Zstandard"),
        (lambda: [*Decompressor().feed(b"\x1f\x8b rest that is none")], "cannot be decompressed"),
    ],
)
def test_bad_content_is_refused(read: Callable[[], object], reason: str) -> None:
    """The reason says what is wrong."""
    with pytest.raises(BadContent, match=reason):
        read()
