"""Reads a trace from CSV: one line for each task, with its time and its delay."""

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
"""How much of a value that cannot be read is quoted."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that could not be read, and why."""

    number: int
    reason: str


class _Unreadable(Exception):
    """A value that is none; the message says why."""


def read_trace(lines: Iterable[str], report: Callable[[BrokenLine], None]) -> Trace:
    """Read a CSV file whose first line names the columns `time` and `delay`, or which has just these two.

    Times are RFC 3339, in UTC where they have no offset, or seconds since 1970; delays are seconds. Lines
    that cannot be read are reported, and the rest goes on.

    Raises:
        EmptyTrace: there is no line with a task.

    """
    return Trace.of(_tasks(_rows(lines, report), report))


def _tasks(
    rows: Iterator[tuple[int, list[str]]], report: Callable[[BrokenLine], None]
) -> Iterator[tuple[int, int]]:
    columns: tuple[int, int] | None = None
    for number, row in rows:
        if columns is None:
            columns = _header(row)
            if columns:
                continue
            columns = (0, 1)
        try:
            yield _task(row, columns)
        except _Unreadable as error:
            report(BrokenLine(number, str(error)))


def _rows(lines: Iterable[str], report: Callable[[BrokenLine], None]) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that are not empty, each with its number."""
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


def _header(row: list[str]) -> tuple[int, int] | None:
    names = [cell.strip().lower() for cell in row]
    if not all(column in names for column in _COLUMNS):
        return None
    return names.index("time"), names.index("delay")


def _task(row: list[str], columns: tuple[int, int]) -> tuple[int, int]:
    if len(row) <= max(columns):
        raise _Unreadable(f"has {len(row)} columns, and needs a time and a delay.")
    return _time_ms(row[columns[0]].strip()), _delay_ms(row[columns[1]].strip())


def _time_ms(text: str) -> int:
    seconds = float(text) if _NUMBER.fullmatch(text) else _timestamp(text)
    if not 0 <= seconds <= _LAST_SECOND:
        raise _Unreadable(f"the time {_quoted(text)} lies outside of 1970 to 9999: is it in milliseconds?")
    return round(seconds * 1000)


def _timestamp(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Unreadable(
            f"{_quoted(text)} is no time: 2026-11-24T09:30:00Z is one, and 1795512600 is the same."
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _delay_ms(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _Unreadable(f"{_quoted(text)} is no delay: write seconds, 604800 for seven days.")
    seconds = float(text)
    if seconds > _LONGEST_SECONDS:
        raise _Unreadable(f"the delay {_quoted(text)} is over a hundred years: write seconds.")
    return round(seconds * 1000)


def _quoted(text: str) -> str:
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
