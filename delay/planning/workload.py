"""The workload that a plan is made for: how many tasks, how often they come, how long they wait.

A workload is built from a volume, which may leave one number out, or from a trace of production. By Little's
law, as many tasks are open as arrive while one is open.
"""

from dataclasses import dataclass
from typing import Final, Protocol, Self

from delay.planning.errors import IncompleteVolume
from delay.planning.trace import Trace

MONTH_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of each task.

    `retries` is the mean number of calls after the first.
    `cancelled` is the share of tasks that are cancelled while they wait.
    `lateness_seconds` is how late a call may be; None if that does not matter.
    """

    payload_bytes: int = 1024
    call_seconds: float = 0.1
    retries: float = 0.0
    cancelled: float = 0.0
    lateness_seconds: float | None = None

    @property
    def calls(self) -> float:
        """The mean number of calls of the function for each task."""
        return (1 - self.cancelled) * (1 + self.retries)


@dataclass(frozen=True, slots=True)
class Flow:
    """Tasks that keep coming: their mean rate, and how long they wait."""

    per_second: float
    mean_delay_seconds: float
    longest_delay_seconds: float


class Peaks(Protocol):
    """The worst moments of a workload."""

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that StartExecution needs, refilled at this rate."""

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that state transitions need, refilled at this rate."""

    def due_within(self, seconds: float) -> float:
        """Return the most tasks that are due in any period of this length."""

    def calls_at_once(self, call_seconds: float) -> float:
        """Return the most calls of the function that run at once."""


@dataclass(frozen=True, slots=True)
class SameSecond:
    """`count` tasks that are due in the same second, in addition to a steady flow.

    They are counted as due at the same moment.
    """

    count: float
    per_second: float

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return 0, for unknown: due times do not show when tasks are started."""
        del refill_per_second
        return 0

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return one transition for each task: that of its start was long before."""
        del refill_per_second
        return self.count

    def due_within(self, seconds: float) -> float:
        """Return these tasks, and those of the flow in that time."""
        return self.count + self.per_second * seconds

    def calls_at_once(self, call_seconds: float) -> float:
        """Return the calls of these tasks, and of those of the flow."""
        return self.count + self.per_second * call_seconds


@dataclass(frozen=True, slots=True)
class Workload:
    """Tasks of one shape.

    `open_tasks` is the most tasks that wait or are called at once. Without `flow`, only that number is known.
    Without `peaks`, tasks come and fall due evenly.
    """

    shape: Shape
    open_tasks: float
    flow: Flow | None = None
    peaks: Peaks | None = None

    @classmethod
    def waiting(cls, count: float, shape: Shape, *, same_second: float | None = None) -> Self:
        """Return a number of waiting tasks, once, with unknown delays."""
        return cls(shape, count, peaks=_make_peaks(same_second, 0))

    @classmethod
    def steady(
        cls, per_second: float, delay_seconds: float, shape: Shape, *, same_second: float | None = None
    ) -> Self:
        """Return tasks at a steady rate with the same delay. Little's law gives the number of open tasks."""
        open_tasks = per_second * (delay_seconds + shape.call_seconds)
        flow = Flow(per_second, delay_seconds, delay_seconds)
        return cls(shape, open_tasks, flow, _make_peaks(same_second, per_second))

    @classmethod
    def of_trace(cls, trace: Trace, shape: Shape) -> Self:
        """Return tasks that keep coming as they did in production.

        A trace shorter than its delays begins with no waiting tasks, unlike production. The number of open
        tasks is then that of Little's law, if that is larger.
        """
        flow = Flow(trace.per_second, trace.mean_delay_seconds, trace.longest_delay_seconds)
        open_tasks: float = trace.most_open(shape.call_seconds)
        if trace.is_shorter_than_its_delays:
            steady = flow.per_second * (flow.mean_delay_seconds + shape.call_seconds)
            open_tasks = max(open_tasks, steady)
        return cls(shape, open_tasks, flow, trace)

    @property
    def is_monthly(self) -> bool:
        """Whether costs are for a month; otherwise they are for the waiting tasks, once."""
        return self.flow is not None

    @property
    def tasks(self) -> float:
        """The number of tasks to pay for: in a month of 30 days, or once."""
        return self.flow.per_second * MONTH_SECONDS if self.flow else self.open_tasks

    @property
    def calls_per_second(self) -> float:
        """The mean rate of calls of the function, retries included."""
        return self.flow.per_second * self.shape.calls if self.flow else 0.0


def _make_peaks(same_second: float | None, per_second: float) -> Peaks | None:
    return None if same_second is None else SameSecond(same_second, per_second)


@dataclass(frozen=True, slots=True)
class Volume:
    """Two of rate, delay and number waiting, or the number waiting alone.

    `same_second` is the most tasks that are due in one second; None if unknown.
    """

    per_second: float | None = None
    delay_seconds: float | None = None
    pending: float | None = None
    same_second: float | None = None

    def workload(self, shape: Shape) -> Workload:
        """Return the workload. Little's law gives the missing number.

        Raises:
            IncompleteVolume: too few of the three are given, or all of them.

        """
        rate, delay, pending = self.per_second, self.delay_seconds, self.pending
        if rate is None and delay is None and pending is not None:
            return Workload.waiting(pending, shape, same_second=self.same_second)
        if rate is not None and delay is None and pending is not None:
            delay = max(0.0, pending / rate - shape.call_seconds)
        elif rate is None and delay is not None and pending is not None:
            rate = pending / (delay + shape.call_seconds)
        elif rate is None or delay is None or pending is not None:
            raise IncompleteVolume("Say two of rate, delay and number waiting, or the number waiting alone.")
        return Workload.steady(rate, delay, shape, same_second=self.same_second)
