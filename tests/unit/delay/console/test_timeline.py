"""The course of a task as spans, and their drawing to scale."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delay.console.graph import Graph
from delay.console.task_view import build_view
from delay.console.timeline import MOST_SPANS, WIDTH, Kind, Span, draw, read_spans, spans_of_task
from delay.task import Status, Task

START = datetime(2026, 12, 1, tzinfo=UTC)
WAITED = 3600.0


def event(kind: str, seconds: float, name: str | None = None) -> dict[str, Any]:
    """Return an event of a history."""
    entered = {"stateEnteredEventDetails": {"name": name}} if kind.endswith("Entered") else {}
    exited = {"stateExitedEventDetails": {"name": name}} if kind.endswith("Exited") else {}
    return {"type": kind, "timestamp": START + timedelta(seconds=seconds), **entered, **exited}


WAITING = [event("ExecutionStarted", 0), event("WaitStateEntered", 0, "Wait")]
CALLED_TWICE = [
    *WAITING,
    event("WaitStateExited", WAITED, "Wait"),
    event("TaskStateEntered", WAITED, "Call"),
    event("TaskScheduled", WAITED),
    event("TaskStarted", WAITED),
    event("TaskFailed", WAITED + 1),
    event("TaskScheduled", WAITED + 3),
    event("TaskSucceeded", WAITED + 4),
    event("TaskStateExited", WAITED + 4, "Call"),
    event("ExecutionSucceeded", WAITED + 4),
]


def describe(spans: tuple[Span, ...]) -> list[tuple[str, Kind, float, float | None]]:
    """Return spans in seconds from the start."""
    return [
        (
            span.label,
            span.kind,
            (span.start - START).total_seconds(),
            None if span.end is None else (span.end - START).total_seconds(),
        )
        for span in spans
    ]


def test_history_becomes_states_calls_and_pauses() -> None:
    """In the order in which they began."""
    assert describe(read_spans(CALLED_TWICE)) == [
        ("Wait", Kind.WAIT, 0, 3600),
        ("Call", Kind.STATE, 3600, 3604),
        ("Call 1", Kind.FAILED, 3600, 3601),
        ("Pause", Kind.BACKOFF, 3601, 3603),
        ("Call 2", Kind.OK, 3603, 3604),
    ]


def test_span_without_an_end_lasts() -> None:
    """A waiting task is drawn up to its due time."""
    spans = read_spans(WAITING)
    assert describe(spans) == [("Wait", Kind.WAIT, 0, None)]
    due = START + timedelta(seconds=WAITED)
    (drawing,) = draw(spans, due, START + timedelta(seconds=900))
    assert drawing.due == WIDTH
    assert drawing.spans[0].width == WIDTH // 4
    assert drawing.spans[0].duration == "15m"


def test_end_of_the_execution_ends_what_lasted() -> None:
    """A call that was cut off counts as failed."""
    events = [*CALLED_TWICE[:5], event("ExecutionTimedOut", WAITED + 60)]
    assert describe(read_spans(events))[-1] == ("Call 1", Kind.FAILED, 3600, 3660)


def test_short_calls_after_a_long_wait_are_magnified() -> None:
    """Otherwise they would be a line. A short wait needs no second drawing."""
    due = START + timedelta(seconds=WAITED)
    whole, magnified = draw(read_spans(CALLED_TWICE), due, due + timedelta(hours=1))
    assert whole.spans[0].span.label == "Wait"
    assert (magnified.is_magnified, magnified.start, magnified.due) == (True, due, 0)
    assert [(each.x, each.width) for each in magnified.spans] == [
        (0, 1000),
        (0, 250),
        (250, 500),
        (750, 250),
    ]
    short = [event(each["type"], 0, "Wait") for each in WAITING] + CALLED_TWICE[3:]
    assert len(draw(read_spans(short[1:]), None, due)) == 2


@pytest.mark.parametrize(
    ("status", "kind", "ended"),
    [
        (Status.SUCCEEDED, Kind.OK, 3700),
        (Status.FAILED, Kind.FAILED, 3700),
        (Status.RUNNING, Kind.OPEN, None),
    ],
)
def test_task_of_a_table_has_a_wait_and_a_call(status: Status, kind: Kind, ended: float | None) -> None:
    """Its history has no states."""
    end = None if ended is None else START + timedelta(seconds=ended)
    task = Task("order", status, "arn", START, ended=end)
    called = START + timedelta(seconds=WAITED)
    assert read_spans([event("TaskScheduled", 0), event("TaskStarted", WAITED)]) == ()
    assert describe(spans_of_task(task, called)) == [
        ("Waiting", Kind.WAIT, 0, 3600),
        ("Last call", kind, 3600, ended),
    ]
    assert describe(spans_of_task(task, None)) == [("Waiting", Kind.WAIT, 0, ended)]


def test_nothing_is_drawn_of_no_history() -> None:
    """As just after the start."""
    assert draw((), None, START) == ()


def test_concurrent_calls_are_told_apart() -> None:
    """Each has its own end, and so has each item's state."""
    events = [
        event("MapStateEntered", 0, "Each") | {"id": 1, "previousEventId": 0},
        event("TaskStateEntered", 0, "Call") | {"id": 2, "previousEventId": 1},
        event("TaskStateEntered", 0, "Call") | {"id": 3, "previousEventId": 1},
        event("TaskScheduled", 1) | {"id": 4, "previousEventId": 2},
        event("TaskScheduled", 2) | {"id": 5, "previousEventId": 3},
        event("TaskSucceeded", 3) | {"id": 6, "previousEventId": 4},
        event("TaskStateExited", 3, "Call") | {"id": 7, "previousEventId": 6},
        event("TaskFailed", 4) | {"id": 8, "previousEventId": 5},
        event("TaskScheduled", 6) | {"id": 9, "previousEventId": 8},
        event("TaskSucceeded", 7) | {"id": 10, "previousEventId": 9},
        event("TaskStateExited", 7, "Call") | {"id": 11, "previousEventId": 10},
    ]
    assert describe(read_spans(events)) == [
        ("Each", Kind.STATE, 0, None),
        ("Call", Kind.STATE, 0, 3),
        ("Call", Kind.STATE, 0, 7),
        ("Call 1", Kind.OK, 1, 3),
        ("Call 2", Kind.FAILED, 2, 4),
        ("Pause", Kind.BACKOFF, 4, 6),
        ("Call 3", Kind.OK, 6, 7),
    ]


def test_long_history_says_what_is_not_drawn() -> None:
    """Such as that of a Map with many items."""
    task = Task(key="a", status=Status.RUNNING, arn="arn:aws:states:::execution:M:a", started=START)
    events = [event("PassStateEntered", number, "One") for number in range(MOST_SPANS + 2)]
    view = build_view(task, events, Graph((), ()), now=START + timedelta(hours=1))
    assert (len(view.drawings[0].spans), view.undrawn) == (MOST_SPANS, 2)
