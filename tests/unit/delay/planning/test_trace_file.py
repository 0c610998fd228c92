"""Tasks are read from CSV, and broken lines are reported."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.errors import EmptyTrace
from delay.planning.trace import Trace
from delay.planning.trace_file import BrokenLine, read_trace


def read(*lines: str) -> tuple[Trace, list[BrokenLine]]:
    broken: list[BrokenLine] = []
    return read_trace((f"{line}\n" for line in lines), broken.append), broken


def test_header_names_the_columns_in_any_order() -> None:
    """Other columns, case and white space are ignored."""
    seen, broken = read("id,Delay, TIME ,note", "1,60,1970-01-01T00:00:10Z,first")
    assert (list(seen.arrived_ms), list(seen.due_ms), broken) == ([10_000], [70_000], [])


def test_columns_without_a_header_are_time_and_delay() -> None:
    """The first line is then a task."""
    seen, _ = read("10,60", "20,60")
    assert seen.tasks == 2


@pytest.mark.parametrize(
    ("time", "milliseconds"),
    [
        ("2026-11-24T09:30:00Z", 1_795_512_600_000),
        ("2026-11-24T10:30:00+01:00", 1_795_512_600_000),
        ("2026-11-24 09:30:00", 1_795_512_600_000),
        ("2026-11-24T09:30:00.250Z", 1_795_512_600_250),
        ("1795512600", 1_795_512_600_000),
        ("1795512600.25", 1_795_512_600_250),
    ],
)
def test_time_is_a_timestamp_or_seconds_since_1970(time: str, milliseconds: int) -> None:
    """A timestamp without a zone is in UTC."""
    seen, broken = read("time,delay", f"{time},1")
    assert (list(seen.arrived_ms), broken) == ([milliseconds], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("yesterday,5", "'yesterday' is not a time"),
        ("2026-13-01T00:00:00Z,5", "'2026-13-01T00:00:00Z' is not a time"),
        (",5", "'' is not a time"),
        ("1795512600000,5", "is it in milliseconds?"),
        ("10", "must have a time and a delay, and has 1 column."),
        ("10,", "'' is not a delay"),
        ("10,-5", "'-5' is not a delay: write seconds"),
        ("10,7d", "'7d' is not a delay"),
        ("10,nan", "'nan' is not a delay"),
        ("10,1e9", "'1e9' is not a delay"),
        ("10,9999999999", "over a hundred years"),
        ("10,٣", "'٣' is not a delay"),
        ("x" * 500 + ",5", "x…' is not a time"),
        ("x" * 200_000 + ",5", "field larger than field limit"),
    ],
)
def test_broken_line_is_reported_with_its_number_and_skipped(line: str, reason: str) -> None:
    """The reason says what is wrong and what is allowed."""
    seen, (broken,) = read("time,delay", "1,1", "", line, "2,2")
    assert seen.tasks == 2
    assert broken.number == 4
    assert reason in broken.reason
    assert len(broken.reason) < 200


def test_file_without_a_task_is_refused() -> None:
    """It may be empty, have only a header, or have only broken lines."""
    for lines in ((), ("time,delay",), ("a", "b")):
        with pytest.raises(EmptyTrace):
            read(*lines)


@given(st.lists(st.text(max_size=30), max_size=10))
def test_any_line_is_read_or_reported(lines: list[str]) -> None:
    """The one possible error is that there is no task."""
    broken: list[BrokenLine] = []
    with suppress(EmptyTrace):
        assert read_trace(lines, broken.append).tasks <= len(lines)
    assert all(0 < line.number <= 2 * len(lines) + 1 and line.reason for line in broken)
