"""Tasks as CSV (RFC 4180): a header that names the columns, then a row for each task."""

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
"""The separators of cells: a comma, or those of spreadsheets in countries with decimal commas."""

_EXPORTED = ("key", "at", "payload")

_SHOWN = 60


class _Lines:
    """An iterator over lines that accepts lines back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._returned: deque[Line] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Line:
        return self._returned.popleft() if self._returned else next(self._lines)

    def put_back(self, lines: Sequence[Line]) -> None:
        """Yield these lines again next."""
        self._returned.extendleft(reversed(lines))


@dataclass(frozen=True, slots=True)
class _Header:
    columns: Sequence[str]
    delimiter: str


def read_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """Parse the header at once, and return an iterator over the rows that are not blank.

    A quoted cell may span several lines. If a quote is never closed, only the line with the quote is broken:
    parsing continues with the next line.

    Raises:
        TaskFileUnusable: the header names no columns, or columns that a task does not have.

    """
    source = _Lines(lines)
    return _parse_rows(source, _parse_header(next(source, None)))


def _parse_rows(source: _Lines, header: _Header) -> Iterator[Row]:
    for line in source:
        if not line.content.strip():
            continue
        lines = _take_row(line, source)
        try:
            cells = _split_row(lines, header)
        except ValueError as error:
            source.put_back(lines[1:])
            yield Broken(line.number, str(error))
        else:
            yield _parse_row(line.number, dict(zip(header.columns, cells, strict=True)))


def write_header() -> str:
    """Return the header of an export, with its line end."""
    return _format_row(_EXPORTED)


def write_row(values: Mapping[str, Any]) -> str:
    """Return a task as a row, with its line end."""
    texts = {**values, "payload": json.dumps(values["payload"], ensure_ascii=False)}
    return _format_row([texts[column] for column in _EXPORTED])


def _format_row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _parse_header(line: Line | None) -> _Header:
    text = _read_header(line)
    for delimiter in _DELIMITERS:
        columns = _split_header(text, delimiter)
        if _are_task_columns(columns):
            return _Header(columns, delimiter)
    raise TaskFileUnusable(
        "The first line of a CSV file must name its columns: payload, in or at or both, and optionally key. "
        f"It is: {text[:_SHOWN]}"
    )


def _split_header(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in _split(text, delimiter)]
    except csv.Error:
        return []


def _read_header(line: Line | None) -> str:
    try:
        return "" if line is None else line.text
    except ValueError as error:
        raise TaskFileUnusable(f"The first line of the CSV file is {error}: save it as UTF-8.") from error


def _are_task_columns(columns: Sequence[str]) -> bool:
    names = set(columns)
    return len(names) == len(columns) and {"payload"} < names <= set(FIELDS) and bool(names & {"in", "at"})


def _take_row(first: Line, lines: Iterator[Line]) -> list[Line]:
    """Return the lines of one row: up to the line that closes all quotes, or to the longest row allowed."""
    taken, length, quotes = [first], len(first.content), first.content.count(b'"')
    while quotes % 2 and length <= LONGEST_BYTES and (line := next(lines, None)):
        taken.append(line)
        length += len(line.content)
        quotes += line.content.count(b'"')
    return taken


def _split_row(lines: Sequence[Line], header: _Header) -> list[str]:
    """Return the cells of a row.

    Raises:
        ValueError: it is not a row of this file; the message says why.

    """
    try:
        cells = _split("\n".join(line.text for line in lines), header.delimiter)
    except csv.Error as error:
        unclosed = lines[0].content.count(b'"') % 2
        raise ValueError(f"not CSV: {'a quote that is never closed' if unclosed else error}") from error
    if len(cells) != len(header.columns):
        raise ValueError(f"{len(cells)} cells, but the first line names {len(header.columns)} columns")
    return cells


def _split(text: str, delimiter: str) -> list[str]:
    # The limit is global to the process, and other code may rely on its value.
    before = csv.field_size_limit(LONGEST_BYTES)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    finally:
        csv.field_size_limit(before)


def _parse_row(number: int, cells: Mapping[str, str]) -> Row:
    values: dict[str, Any] = {column: cell for column, cell in cells.items() if cell}
    try:
        if "payload" in values:
            values["payload"] = parse_object(values["payload"])
    except ValueError as error:
        return Broken(number, f"payload: {error}")
    return Fields(number, values)
