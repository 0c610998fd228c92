"""A trace of production: when each task arrived and when it was due, and the peaks that follow from that."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Self

from delay.planning.errors import EmptyTrace

SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Trace:
    """Times in milliseconds since 1970, UTC, each list sorted by itself: 16 bytes a task.

    As the `Peaks` of steady traffic it counts one call for each task, because it does not show cancelled or
    retried ones.
    """

    arrived_ms: "array[int]"
    due_ms: "array[int]"
    mean_delay_seconds: float
    shortest_delay_seconds: float
    longest_delay_seconds: float

    @classmethod
    def of(cls, tasks: Iterable[tuple[int, int]]) -> Self:
        """Build a trace from each task's arrival and delay in milliseconds, in any order.

        Raises:
            EmptyTrace: there are no tasks.

        """
        arrived, due, delays = array("q"), array("q"), array("q")
        for arrival, delay in tasks:
            arrived.append(arrival)
            due.append(arrival + delay)
            delays.append(delay)
        if not arrived:
            raise EmptyTrace("There is no task in the file: each line must have a time and a delay.")
        return cls(
            _sort(arrived),
            _sort(due),
            sum(delays) / len(delays) / SECOND_MS,
            min(delays) / SECOND_MS,
            max(delays) / SECOND_MS,
        )

    @property
    def tasks(self) -> int:
        """The number of tasks."""
        return len(self.arrived_ms)

    @property
    def span_seconds(self) -> float:
        """The time from the first arrival to the last, at least a second."""
        return max(1.0, (self.arrived_ms[-1] - self.arrived_ms[0]) / SECOND_MS)

    @property
    def per_second(self) -> float:
        """The mean rate of arrivals."""
        return self.tasks / self.span_seconds

    @property
    def is_shorter_than_its_delays(self) -> bool:
        """Whether tasks from before the trace may still have waited: its peak is then too low."""
        return self.span_seconds < self.longest_delay_seconds

    def most_open(self, call_seconds: float) -> int:
        """Return the exact number of the most tasks that waited or were called at once."""
        return most_at_once(self.arrived_ms, self.due_ms, _to_ms(call_seconds))

    def arrivals_within(self, seconds: float) -> int:
        """Return the most tasks that arrived in any period of this length."""
        return most_at_once(self.arrived_ms, self.arrived_ms, _to_ms(seconds))

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that StartExecution would have needed."""
        return deepest_draw(self.arrived_ms, refill_per_second)

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that the transitions would have needed.

        A task makes one transition when it arrives and one when it is due.
        """
        return deepest_draw(merge(self.arrived_ms, self.due_ms), refill_per_second)

    def due_within(self, seconds: float) -> float:
        """Return the most tasks that were due in any period of this length."""
        return most_at_once(self.due_ms, self.due_ms, _to_ms(seconds))

    def calls_at_once(self, call_seconds: float) -> float:
        """Return the most calls that would have run at once."""
        return most_at_once(self.due_ms, self.due_ms, _to_ms(call_seconds))


def most_at_once(begins: Sequence[int], ends: Sequence[int], lasting: int = 0) -> int:
    """Return the largest number of periods that overlap.

    Both sequences are sorted, each by itself. `lasting` is added to each end. A period does not contain its
    end.
    """
    most = ended = 0
    for begun, begin in enumerate(begins, start=1):
        while ended < begun and ends[ended] + lasting <= begin:
            ended += 1
        if begun - ended > most:  # `max` would take half of the time  # noqa: PLR1730
            most = begun - ended
    return most


def deepest_draw(moments_ms: Iterable[int], refill_per_second: float) -> float:
    """Return the number of tokens that a bucket must hold so that each of these moments, in order, finds one.

    Source of the scheme: "Step Functions service quotas", throttled by a token bucket.
    """
    refill_per_ms = refill_per_second / SECOND_MS
    drawn = deepest = 0.0
    last = 0
    for moment in moments_ms:
        drawn -= (moment - last) * refill_per_ms
        drawn = drawn + 1 if drawn > 0 else 1
        if drawn > deepest:  # noqa: PLR1730 - as above
            deepest = drawn
        last = moment
    return deepest


def _sort(times: "array[int]") -> "array[int]":
    return array("q", sorted(times))


def _to_ms(seconds: float) -> int:
    return round(seconds * SECOND_MS)
