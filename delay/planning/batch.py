"""A batch: the tasks of a file that are scheduled together, as fast as the quota allows, once or each day."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Self

from delay.planning.trace import SECOND_MS, Trace, deepest_draw, most_at_once

_DAY_MS = 86_400 * SECOND_MS


@dataclass(frozen=True, slots=True)
class Batch:
    """The peaks of a batch. Its due times are in milliseconds and sorted, over two days if it comes each day.

    An import paces its starts, so that they make no peak. Tasks are late only if the last ones start after
    they are due.
    """

    tasks: int
    shortest_delay_seconds: float
    due_ms: "array[int]"

    @classmethod
    def once(cls, trace: Trace) -> Self:
        """Return the batch of a file that comes once."""
        return cls(trace.tasks, trace.shortest_delay_seconds, trace.due_ms)

    @classmethod
    def daily(cls, trace: Trace) -> Self:
        """Return the batch of a file that comes each day: tasks of earlier days fall due with it."""
        due = sorted(moment % _DAY_MS for moment in trace.due_ms)
        return cls(
            trace.tasks,
            trace.shortest_delay_seconds,
            array("q", chain(due, (moment + _DAY_MS for moment in due))),
        )

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return the starts that cannot wait for a token, because the shortest delay is over by then."""
        return max(0.0, self.tasks - refill_per_second * self.shortest_delay_seconds)

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that the calls need."""
        return deepest_draw(self.due_ms, refill_per_second)

    def due_within(self, seconds: float) -> float:
        """Return the most tasks due in any period of this length."""
        return most_at_once(self.due_ms, self.due_ms, round(seconds * SECOND_MS))

    def calls_at_once(self, call_seconds: float) -> float:
        """Return the most calls that run at once."""
        return self.due_within(call_seconds)


def most_open_daily(trace: Trace, call_seconds: float) -> int:
    """Return the most tasks that wait or are called at once, if the file comes each day.

    A task is open at as many midnights as lie between its arrival and its end. That many tasks of its kind
    are open at each midnight, and from there the count follows the arrivals and ends of one day.
    """
    ends_ms = [due + round(call_seconds * SECOND_MS) for due in trace.due_ms]
    at_midnight = _count_midnights(ends_ms) - _count_midnights(trace.arrived_ms)
    begins, ends = (sorted(moment % _DAY_MS for moment in moments) for moments in (trace.arrived_ms, ends_ms))
    most = ended = 0
    for begun, begin in enumerate(begins, start=1):
        while ended < len(ends) and ends[ended] <= begin:
            ended += 1
        most = max(most, begun - ended)
    return at_midnight + most


def _count_midnights(moments_ms: Iterable[int]) -> int:
    return sum(moment // _DAY_MS for moment in moments_ms)
