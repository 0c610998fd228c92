"""The way that an execution took through the states of its state machine."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from delay.console.history_events import find_state, list_links
from delay.task import Status

START: Final = "__start"
END: Final = "__end"
"""The places before the first state and after the last one."""

_FAILURES: Final = frozenset({Status.FAILED, Status.TIMED_OUT})


@dataclass(frozen=True, slots=True)
class Way:
    """The states that an execution entered and the transitions that it took, in their order.

    `current` are the states that it is in. `failed` is the innermost one of those in which it failed.
    `unfinished` are the others that it had not left at its end.
    """

    entered: tuple[str, ...] = ()
    transitions: tuple[tuple[str, str], ...] = ()
    current: frozenset[str] = frozenset()
    failed: str | None = None
    unfinished: frozenset[str] = frozenset()

    def find_state(self, name: str) -> str:
        """Return what became of a state; nothing if it was not entered."""
        if name in self.current:
            return "current"
        if name == self.failed:
            return "failed"
        if name in self.unfinished:
            return "unfinished"
        return "taken" if name in self.entered else ""


def read_way(events: Iterable[Mapping[str, Any]], status: Status) -> Way:
    """Return the way that a history records. `previousEventId` separates concurrent branches."""
    reader = _Reader()
    for number, before, event in list_links(events):
        reader.read(number, before, event)
    return reader.build_way(status)


@dataclass(slots=True)
class _Reader:
    """Builds a way event by event.

    `_left` is the state that was left before each event, START before the first one; None within a state.
    `_inside` is the state that each event is in.
    """

    _entered: dict[str, None] = field(default_factory=dict)
    _transitions: dict[tuple[str, str], None] = field(default_factory=dict)
    _open: Counter[str] = field(default_factory=Counter)
    _left: dict[int, str | None] = field(default_factory=lambda: {0: START})
    _inside: dict[int, str | None] = field(default_factory=dict)
    _last: int = 0

    def read(self, number: int, before: int, event: Mapping[str, Any]) -> None:
        """Take in an event with its id and that of the event before it."""
        kind, name = str(event["type"]), find_state(event)
        left, inside = self._left.get(before), self._inside.get(before)
        if kind.endswith("StateEntered"):
            self._enter(left, name)
            left, inside = None, name
        elif kind.endswith("StateExited"):
            self._open[name] -= 1
            left, inside = name, None
        elif kind == "ExecutionSucceeded":
            self._take(left, END)
        self._left[number], self._inside[number], self._last = left, inside, number

    def build_way(self, status: Status) -> Way:
        """Return the way so far."""
        entered, transitions = tuple(self._entered), tuple(self._transitions)
        unfinished = frozenset(+self._open)
        if status.is_open:
            return Way(entered, transitions, current=unfinished)
        failed = (
            (self._inside.get(self._last) or next(reversed(entered), None)) if status in _FAILURES else None
        )
        return Way(entered, transitions, failed=failed, unfinished=unfinished)

    def _enter(self, left: str | None, name: str) -> None:
        self._take(left, name)
        self._entered[name] = None
        self._open[name] += 1

    def _take(self, start: str | None, end: str) -> None:
        if start is not None:
            self._transitions[start, end] = None
