"""The course of a task as spans of time, drawn to scale from its history."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from delay.console.format import format_span
from delay.console.history_events import find_state, list_links
from delay.task import Status, Task

WIDTH: Final = 1000
"""The width of a drawing, in its own units."""

_LEAST_WIDTH: Final = 3
MOST_SPANS: Final = 40
"""The spans that a drawing has; a history with thousands of items or retries has more."""

_MAGNIFIED_FROM: Final = 0.85
"""A wait of a larger share of the whole is left out of the second drawing, so that the rest can be seen."""

_CALL_STARTS: Final = ("TaskScheduled", "LambdaFunctionScheduled")
_CALL_ENDS: Final = {
    "TaskSucceeded": "OK",
    "LambdaFunctionSucceeded": "OK",
    "TaskFailed": "FAILED",
    "LambdaFunctionFailed": "FAILED",
    "TaskTimedOut": "FAILED",
    "LambdaFunctionTimedOut": "FAILED",
    "TaskStartFailed": "FAILED",
}


class Kind(StrEnum):
    """The activity during a span."""

    WAIT = "wait"
    STATE = "state"
    OK = "ok"
    FAILED = "failed"
    OPEN = "open"
    """A call whose end is not on record yet."""
    BACKOFF = "backoff"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time (UTC). `end` is None while it lasts."""

    label: str
    kind: Kind
    start: datetime
    end: datetime | None = None

    def duration(self, now: datetime) -> timedelta:
        """Return how long it lasted, or has lasted until now."""
        return max((self.end or now) - self.start, timedelta(0))


@dataclass(frozen=True, slots=True)
class DrawnSpan:
    """A span in a drawing: its place and width in units of which the drawing has WIDTH."""

    span: Span
    x: int
    width: int
    duration: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Spans to one scale, from one time to another. `is_magnified`: it shows what follows the long wait."""

    start: datetime
    end: datetime
    spans: tuple[DrawnSpan, ...]
    due: int | None
    is_magnified: bool = False


def read_spans(events: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    """Return the spans of a history: its states, and under each the calls and the pauses between them.

    A history without states, such as that of a task in a table, has none.
    """
    reader = _Reader()
    for number, before, event in list_links(events):
        reader.read(number, before, event)
    return tuple(reader.spans) if reader.has_states else ()


def spans_of_task(task: Task, called: datetime | None) -> tuple[Span, ...]:
    """Return the spans of a task of which no states are known: its wait, and its function's last call."""
    if called is None:
        return (Span("Waiting", Kind.WAIT, task.started, task.ended),)
    kind = Kind.OPEN if task.ended is None else Kind.OK if task.status is Status.SUCCEEDED else Kind.FAILED
    return Span("Waiting", Kind.WAIT, task.started, called), Span("Last call", kind, called, task.ended)


def draw(spans: Sequence[Span], due: datetime | None, now: datetime) -> tuple[Drawing, ...]:
    """Return the drawing of all spans, and a magnified one if a wait leaves no room for the rest."""
    if not spans:
        return ()
    start = min(span.start for span in spans)
    is_waiting = any(span.end is None and span.kind is Kind.WAIT for span in spans)
    end = max(span.end or (due if is_waiting and due else now) for span in spans)
    whole = _draw(spans, start, max(end, start), due, now)
    rest = [span for span in spans if span.kind is not Kind.WAIT]
    if not rest or is_waiting:
        return (whole,)
    later = min([*(span.start for span in rest), *([due] if due and due > start else [])])
    is_over_at_once = end - later < timedelta(milliseconds=1)
    if is_over_at_once or (later - start) / (end - start) < _MAGNIFIED_FROM:
        return (whole,)
    return whole, replace(_draw(rest, later, end, due, now), is_magnified=True)


class _Reader:
    """Builds spans event by event. `previousEventId` separates concurrent calls.

    Of concurrent states with one name, as the items of a Map have, the first one entered is left first.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.has_states = False
        self._states: defaultdict[str, deque[int]] = defaultdict(deque)
        self._call: dict[int, int | None] = {}
        self._failed_at: dict[int, datetime | None] = {}
        self._calls = 0

    def read(self, number: int, before: int, event: Mapping[str, Any]) -> None:
        """Take in an event with its id and that of the event before it."""
        kind, moment = str(event["type"]), event["timestamp"]
        call, failed_at = self._call.get(before), self._failed_at.get(before)
        if kind.endswith("StateEntered"):
            self._enter(find_state(event), kind, moment)
            failed_at = None
        elif kind.endswith("StateExited"):
            self._leave(find_state(event), moment)
        elif kind in _CALL_STARTS:
            call, failed_at = self._begin_call(moment, failed_at), None
        elif kind in _CALL_ENDS:
            self._close(call, moment, Kind[_CALL_ENDS[kind]])
            call, failed_at = None, moment if _CALL_ENDS[kind] == "FAILED" else None
        elif kind.startswith("Execution") and kind not in {"ExecutionStarted", "ExecutionRedriven"}:
            self._end(moment)
            call = None
        self._call[number], self._failed_at[number] = call, failed_at

    def _enter(self, name: str, kind: str, moment: datetime) -> None:
        self.has_states = True
        self._states[name].append(len(self.spans))
        self.spans.append(Span(name, Kind.WAIT if kind == "WaitStateEntered" else Kind.STATE, moment))

    def _leave(self, name: str, moment: datetime) -> None:
        if self._states[name]:
            self._close(self._states[name].popleft(), moment)

    def _begin_call(self, moment: datetime, failed_at: datetime | None) -> int:
        if failed_at is not None and failed_at < moment:
            self.spans.append(Span("Pause", Kind.BACKOFF, failed_at, moment))
        self._calls += 1
        self.spans.append(Span(f"Call {self._calls}", Kind.OPEN, moment))
        return len(self.spans) - 1

    def _close(self, index: int | None, moment: datetime, kind: Kind | None = None) -> None:
        if index is not None:
            self.spans[index] = replace(self.spans[index], end=moment, kind=kind or self.spans[index].kind)

    def _end(self, moment: datetime) -> None:
        for index, span in enumerate(self.spans):
            if span.end is None:
                self._close(index, moment, Kind.FAILED if span.kind is Kind.OPEN else None)
        self._states.clear()


def _draw(
    spans: Iterable[Span], start: datetime, end: datetime, due: datetime | None, now: datetime
) -> Drawing:
    def place(moment: datetime) -> int:
        share = (moment - start) / max(end - start, timedelta(milliseconds=1))
        return round(WIDTH * min(1.0, max(0.0, share)))

    def draw_span(span: Span) -> DrawnSpan:
        first, last = place(span.start), place(span.end or max(now, span.start))
        x = min(first, WIDTH - _LEAST_WIDTH)
        return DrawnSpan(span, x, max(last - x, _LEAST_WIDTH), format_span(span.duration(now)))

    shown = due is not None and start <= due <= end
    return Drawing(start, end, tuple(map(draw_span, spans)), place(due) if due and shown else None)
