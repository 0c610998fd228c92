"""Reads a trace from a CSV file with a line for each task."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from delay.planning.trace import Trace

_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_COLUMNS: Final = ("time", "delay")
_LONGEST_SECONDS: Final = 100 * 366 * 86_400
_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999."""
_SHOWN: Final = 40
"""The characters of an unreadable value that a reason quotes."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that could not be read, and the reason."""

    number: int
    reason: str


class _Unreadable(Exception):
    """A value has the wrong form. The message says which form it needs."""


def read_trace(lines: Iterable[str], report: Callable[[BrokenLine], None]) -> Trace:
    """Return the trace in a CSV file. Its first line names the columns, or it has the two columns alone.

    The column `time` has RFC 3339 times, in UTC if they have no offset, or seconds since 1970. The column
    `delay` has seconds. Lines that cannot be read are passed to `report`, and the others are read.

    Raises:
        EmptyTrace: no line could be read.

    """
    return Trace.of(_read_tasks(_read_rows(lines, report), report))


def _read_tasks(
    rows: Iterator[tuple[int, list[str]]], report: Callable[[BrokenLine], None]
) -> Iterator[tuple[int, int]]:
    columns: tuple[int, int] | None = None
    for number, row in rows:
        if columns is None:
            columns = _find_columns(row)
            if columns:
                continue
            columns = (0, 1)
        try:
            yield _read_task(row, columns)
        except _Unreadable as error:
            report(BrokenLine(number, str(error)))


def _read_rows(lines: Iterable[str], report: Callable[[BrokenLine], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not empty, with its number."""
    reader = csv.reader(lines)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report(BrokenLine(reader.line_num, f"{error}."))
        else:
            if row:
                yield reader.line_num, row


def _find_columns(row: list[str]) -> tuple[int, int] | None:
    names = [cell.strip().lower() for cell in row]
    if not all(column in names for column in _COLUMNS):
        return None
    return names.index("time"), names.index("delay")


def _read_task(row: list[str], columns: tuple[int, int]) -> tuple[int, int]:
    if len(row) <= max(columns):
        noun = "column" if len(row) == 1 else "columns"
        raise _Unreadable(f"must have a time and a delay, and has {len(row)} {noun}.")
    return _parse_time_ms(row[columns[0]].strip()), _parse_delay_ms(row[columns[1]].strip())


def _parse_time_ms(text: str) -> int:
    seconds = float(text) if _NUMBER.fullmatch(text) else _parse_timestamp(text)
    if not 0 <= seconds <= _LAST_SECOND:
        raise _Unreadable(f"the time {_quote(text)} is not in the years 1970 to 9999: is it in milliseconds?")
    return round(seconds * 1000)


def _parse_timestamp(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Unreadable(
            f"{_quote(text)} is not a time: write 2026-11-24T09:30:00Z, or 1795512600 for the same."
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _parse_delay_ms(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _Unreadable(f"{_quote(text)} is not a delay: write seconds, 604800 for seven days.")
    seconds = float(text)
    if seconds > _LONGEST_SECONDS:
        raise _Unreadable(f"the delay {_quote(text)} is over a hundred years: write seconds.")
    return round(seconds * 1000)


def _quote(text: str) -> str:
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
