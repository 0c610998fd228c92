"""A simulated clock with events, and clocks of programs that take time while they run."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(slots=True)
class Timeline:
    """Simulated time, in seconds since 1970. It jumps from event to event."""

    now: float
    _events: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def at(self, seconds: float, action: Callable[[], object]) -> None:
        """Run an action at a time."""
        heapq.heappush(self._events, (seconds, next(self._numbers), action))

    def every(self, seconds: float, action: Callable[[], object]) -> None:
        """Run an action now and again after each period, for ever."""

        def repeat() -> None:
            self.at(self.now + seconds, repeat)
            action()

        self.at(self.now, repeat)

    def run(self, until: float) -> None:
        """Run all actions up to a time."""
        while self._events and self._events[0][0] <= until:
            self.now, _, action = heapq.heappop(self._events)
            action()
        self.now = until


@dataclass(slots=True)
class ProgramClock:
    """The clock of one run of a program, which begins now. `spend` is the time that it takes."""

    now: float
    busy_seconds: float = 0

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self.now

    def spend(self, seconds: float) -> None:
        """Take time for a request."""
        self.now += seconds
        self.busy_seconds += seconds


@dataclass(frozen=True, slots=True)
class CallerClock:
    """The timeline as the clock of a client."""

    timeline: Timeline

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return datetime.fromtimestamp(self.timeline.now, UTC)

    def monotonic(self) -> float:
        """Return the same, in seconds."""
        return self.timeline.now

    def sleep(self, seconds: float) -> None:
        """Never wait: nothing is throttled here."""
        del seconds
