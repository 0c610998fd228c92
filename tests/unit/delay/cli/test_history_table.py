"""An execution's history as a table: readable on a terminal of 80 columns, usable on one of 60."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from delay.cli.output.history_table import history_table

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WEEK_SECONDS = 7 * 24 * 3600
INPUT = json.dumps({"expirydate": WEEK_SECONDS, "order": 42, "customer": "a" * 100})


def event(number: int, after_seconds: float, kind: str, **details: object) -> dict[str, Any]:
    """Return an event as GetExecutionHistory does."""
    moment = NOON + timedelta(seconds=after_seconds)
    return {"id": number, "timestamp": moment, "type": kind, "someEventDetails": details}


EVENTS = [
    event(1, 0, "ExecutionStarted", input=INPUT),
    event(2, 0.001, "WaitStateEntered", name="WaitUntilDue", input=INPUT),
    event(3, WEEK_SECONDS + 0.002, "WaitStateExited", name="WaitUntilDue", output=INPUT),
    event(9, WEEK_SECONDS + 0.3, "LambdaFunctionScheduleFailed", error="Lambda.Unknown", cause="x" * 300),
    event(10, WEEK_SECONDS + 0.4, "ExecutionSucceeded", output="{}"),
]

WHOLE = [
    " #         after  event                         details",
    " 1       0.000 s  ExecutionStarted              {",
    " 2       0.001 s  WaitStateEntered              W",
    " 3  604800.002 s  WaitStateExited               W",
    " 9  604800.300 s  LambdaFunctionScheduleFailed  L",
    "10  604800.400 s  ExecutionSucceeded            {",
]
"""The beginnings of all rows, with all columns but the details whole."""


def draw_lines(events: list[dict[str, Any]], width: int) -> list[str]:
    """Return the lines of events on a console of a given width."""
    stream = io.StringIO()
    Console(file=stream, width=width).print(history_table(events))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_narrow_columns_are_whole_and_details_are_cut(width: int) -> None:
    """Each event takes one line."""
    drawn = draw_lines(EVENTS, width)
    assert max(map(len, drawn)) <= width
    assert [line[: len(start)] for line, start in zip(drawn, WHOLE, strict=True)] == WHOLE
    assert [line.rstrip().endswith("…") for line in drawn] == [False, True, True, True, True, False]


def test_details_take_the_width_that_is_left() -> None:
    """On 80 columns they are cut at the last one."""
    row = ' 3  604800.002 s  WaitStateExited               WaitUntilDue  {"expirydate": 60…'
    assert (draw_lines(EVENTS, 80)[3], len(row)) == (row, 80)


def test_control_characters_of_a_cause_are_escaped() -> None:
    """A cause is a function's text; it neither steers the terminal nor breaks the row."""
    failed = event(1, 0, "ExecutionFailed", error="\x1b[2Jgone", cause="two\nlines\u202e")
    assert draw_lines([failed], 80)[1].rstrip().endswith("\\u001b[2Jgone  two\\nlines\\u202e")


def test_cause_is_the_message_of_its_error() -> None:
    """The stack trace is in `delay show`, and all of it in --json."""
    cause = json.dumps({"errorMessage": "no such order", "errorType": "ValueError", "stackTrace": ["  File"]})
    failed = event(1, 0, "TaskFailed", error="ValueError", cause=cause)
    assert draw_lines([failed], 80)[1].rstrip().endswith("TaskFailed  ValueError  no such order")
