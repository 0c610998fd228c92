"""Tasks as production has seen them: when each arrived, and when it was due."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Self

from delay.planning.errors import EmptyTrace

SECOND_MS = 1000


def most_at_once(begins: Sequence[int], ends: Sequence[int], lasting: int = 0) -> int:
    """Return the largest number of stretches of time that overlap.

    Both sequences are sorted, each by itself; `lasting` is added to each end. A stretch does not contain
    its end.
    """
    most = ended = 0
    for begun, begin in enumerate(begins, start=1):
        while ended < begun and ends[ended] + lasting <= begin:
            ended += 1
        if begun - ended > most:  # `max` would take half of the time  # noqa: PLR1730
            most = begun - ended
    return most


def deepest_draw(moments_ms: Iterable[int], refill_per_second: float) -> float:
    """Return how many tokens a bucket must hold so that each of these moments, in order, finds one.

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


@dataclass(frozen=True, slots=True)
class Trace:
    """Times in milliseconds since 1970, UTC, each list sorted by itself: 16 bytes a task.

    As `Bursts` it reckons with one call for each task: what was cancelled or retried it does not know.
    """

    arrived_ms: "array[int]"
    due_ms: "array[int]"
    mean_delay_seconds: float
    longest_delay_seconds: float

    @classmethod
    def of(cls, tasks: Iterable[tuple[int, int]]) -> Self:
        """Take in tasks in any order, each as its arrival and its delay, in milliseconds.

        Raises:
            EmptyTrace: there is none.

        """
        arrived, due = array("q"), array("q")
        total = longest = 0
        for arrival, delay in tasks:
            arrived.append(arrival)
            due.append(arrival + delay)
            total += delay
            longest = max(longest, delay)
        if not arrived:
            raise EmptyTrace("There is no task in the file: each line must have a time and a delay.")
        return cls(_sorted(arrived), _sorted(due), total / len(due) / SECOND_MS, longest / SECOND_MS)

    @property
    def tasks(self) -> int:
        """How many tasks there are."""
        return len(self.arrived_ms)

    @property
    def span_seconds(self) -> float:
        """From the first arrival to the last; a second at least."""
        return max(1.0, (self.arrived_ms[-1] - self.arrived_ms[0]) / SECOND_MS)

    @property
    def per_second(self) -> float:
        """The mean rate of arrivals."""
        return self.tasks / self.span_seconds

    @property
    def is_shorter_than_its_delays(self) -> bool:
        """Whether tasks from before the first line may still have waited: the peak is then too low."""
        return self.span_seconds < self.longest_delay_seconds

    def most_open(self, call_seconds: float) -> int:
        """The most tasks that waited or were called at once: exact, by sweeping over arrivals and ends."""
        return most_at_once(self.arrived_ms, self.due_ms, _ms(call_seconds))

    def arrivals_within(self, seconds: float) -> int:
        """The most tasks that arrived in any stretch of time that long."""
        return most_at_once(self.arrived_ms, self.arrived_ms, _ms(seconds))

    def starts_at_once(self, refill_per_second: float) -> float:
        """How large a bucket StartExecution would have needed."""
        return deepest_draw(self.arrived_ms, refill_per_second)

    def transitions_at_once(self, refill_per_second: float) -> float:
        """How large a bucket the transitions would have needed: one at the arrival, one at the due time."""
        return deepest_draw(merge(self.arrived_ms, self.due_ms), refill_per_second)

    def due_within(self, seconds: float) -> float:
        """The most tasks that were due in any stretch of time that long."""
        return most_at_once(self.due_ms, self.due_ms, _ms(seconds))

    def calls_at_once(self, call_seconds: float) -> float:
        """The most calls that would have run at once."""
        return most_at_once(self.due_ms, self.due_ms, _ms(call_seconds))


def _sorted(times: "array[int]") -> "array[int]":
    return array("q", sorted(times))


def _ms(seconds: float) -> int:
    return round(seconds * SECOND_MS)
