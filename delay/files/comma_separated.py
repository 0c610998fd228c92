"""Tasks as CSV (RFC 4180): a first line that names the columns, then a row for each task."""

import csv
import io
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from delay.files.entry import FIELDS, Broken, Fields, Row
from delay.files.errors import TaskFileUnusable
from delay.files.lines import LONGEST_BYTES, Line
from delay.text.json_object import parse_object

_DELIMITERS = ",;\t"
"""What separates the cells: a comma, or what spreadsheets write where that is the decimal point."""

_EXPORTED = ("key", "at", "payload")

_SHOWN = 60


class _Lines:
    """Lines that can be put back, to be read once more."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[Line] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Line:
        return self._ahead.popleft() if self._ahead else next(self._lines)

    def put_back(self, lines: Sequence[Line]) -> None:
        """Have these lines read next."""
        self._ahead.extendleft(reversed(lines))


@dataclass(frozen=True, slots=True)
class _Header:
    columns: Sequence[str]
    delimiter: str


def read_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """Read the first line, which names the columns, at once, and then each row that is not blank.

    A cell in quotes may go over several lines. Where a quote is never closed, only the line with the quote is
    broken: reading goes on with the one after it.

    Raises:
        TaskFileUnusable: the first line names no columns, or others than a task has.

    """
    source = _Lines(lines)
    return _rows(source, _header(next(source, None)))


def _rows(source: _Lines, header: _Header) -> Iterator[Row]:
    for line in source:
        if not line.content.strip():
            continue
        taken = _taken(line, source)
        try:
            cells = _cells(taken, header)
        except ValueError as error:
            source.put_back(taken[1:])
            yield Broken(line.number, str(error))
        else:
            yield _row(line.number, dict(zip(header.columns, cells, strict=True)))


def write_header() -> str:
    """Write the line that names the columns of an export."""
    return _written(_EXPORTED)


def write_row(values: Mapping[str, Any]) -> str:
    """Write a task as a row, its end included."""
    texts = {**values, "payload": json.dumps(values["payload"], ensure_ascii=False)}
    return _written([texts[column] for column in _EXPORTED])


def _written(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _header(line: Line | None) -> _Header:
    text = _header_text(line)
    for delimiter in _DELIMITERS:
        columns = _columns(text, delimiter)
        if _names_a_task(columns):
            return _Header(columns, delimiter)
    raise TaskFileUnusable(
        "The first line of a CSV file names its columns: payload, in or at or both, and perhaps key. "
        f"Here it is: {text[:_SHOWN]}"
    )


def _columns(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in _split(text, delimiter)]
    except csv.Error:
        return []


def _header_text(line: Line | None) -> str:
    try:
        return "" if line is None else line.text
    except ValueError as error:
        raise TaskFileUnusable(f"The first line of the CSV file is {error}: save it as UTF-8.") from error


def _names_a_task(columns: Sequence[str]) -> bool:
    names = set(columns)
    return len(names) == len(columns) and {"payload"} < names <= set(FIELDS) and bool(names & {"in", "at"})


def _taken(first: Line, lines: Iterator[Line]) -> list[Line]:
    """Take the lines of one row: on to where each quote is closed, or to where no row can be that long."""
    taken, length, quotes = [first], len(first.content), first.content.count(b'"')
    while quotes % 2 and length <= LONGEST_BYTES and (line := next(lines, None)):
        taken.append(line)
        length += len(line.content)
        quotes += line.content.count(b'"')
    return taken


def _cells(taken: Sequence[Line], header: _Header) -> list[str]:
    """Split a row.

    Raises:
        ValueError: it is none; the message says why.

    """
    try:
        cells = _split("\n".join(line.text for line in taken), header.delimiter)
    except csv.Error as error:
        unclosed = taken[0].content.count(b'"') % 2
        raise ValueError(f"not CSV: {'a quote that is never closed' if unclosed else error}") from error
    if len(cells) != len(header.columns):
        raise ValueError(f"{len(cells)} cells, where the first line names {len(header.columns)} columns")
    return cells


def _split(text: str, delimiter: str) -> list[str]:
    # The longest cell is set for the whole process: others may rely on what it was.
    before = csv.field_size_limit(LONGEST_BYTES)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    finally:
        csv.field_size_limit(before)


def _row(number: int, cells: Mapping[str, str]) -> Row:
    values: dict[str, Any] = {column: cell for column, cell in cells.items() if cell}
    try:
        if "payload" in values:
            values["payload"] = parse_object(values["payload"])
    except ValueError as error:
        return Broken(number, f"payload: {error}")
    return Fields(number, values)
