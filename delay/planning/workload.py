"""What is asked of a service: how many tasks, how often, how long they wait."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

from delay.planning.errors import IncompleteVolume
from delay.planning.trace import Trace


class Bursts(Protocol):
    """The worst moments of a workload."""

    def starts_at_once(self, refill_per_second: float) -> float:
        """How large a bucket StartExecution needs, refilled at this rate, so that no call is throttled."""

    def transitions_at_once(self, refill_per_second: float) -> float:
        """How large a bucket the state transitions need."""

    def due_within(self, seconds: float) -> float:
        """The most tasks that are due in any stretch of time that long."""

    def calls_at_once(self, call_seconds: float) -> float:
        """The most calls of the function that run at once."""


@dataclass(frozen=True, slots=True)
class SameSecond:
    """So many tasks that are due in the same second, reckoned as the same moment, on top of a steady flow."""

    count: float
    per_second: float

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return 0, which is: not known. When tasks are due says nothing about when they are started."""
        del refill_per_second
        return 0

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return one transition for each task: their starts have had theirs long before."""
        del refill_per_second
        return self.count

    def due_within(self, seconds: float) -> float:
        """Return these tasks, and what the flow brings meanwhile."""
        return self.count + self.per_second * seconds

    def calls_at_once(self, call_seconds: float) -> float:
        """Return these calls, and those of the flow."""
        return self.count + self.per_second * call_seconds


@dataclass(frozen=True, slots=True)
class Shape:
    """A task: what it carries, how long its function takes, how often that is called.

    `retries` is the mean number of calls that follow the first, `cancelled` the share of tasks that are
    stopped while they wait, `lateness_seconds` how late a call may be (None: not said).
    """

    payload_bytes: int = 1024
    call_seconds: float = 0.1
    retries: float = 0.0
    cancelled: float = 0.0
    lateness_seconds: float | None = None

    @property
    def calls(self) -> float:
        """The mean number of calls of the function that a task takes."""
        return (1 - self.cancelled) * (1 + self.retries)


MONTH_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Flow:
    """Tasks that keep coming: the mean rate, and how long they wait."""

    per_second: float
    mean_delay_seconds: float
    longest_delay_seconds: float


@dataclass(frozen=True, slots=True)
class Workload:
    """Tasks of one shape.

    `open_tasks` is the most that wait or are called at once. Without `flow` only that number is known;
    without `bursts` they come and fall due evenly.
    """

    shape: Shape
    open_tasks: float
    flow: Flow | None = None
    bursts: Bursts | None = None

    @classmethod
    def waiting(cls, count: float, shape: Shape, *, same_second: float | None = None) -> Self:
        """So many tasks that wait, once, for whatever time."""
        return cls(shape, count, bursts=_same_second(same_second, 0))

    @classmethod
    def steady(
        cls, per_second: float, delay_seconds: float, shape: Shape, *, same_second: float | None = None
    ) -> Self:
        """Tasks at a steady rate. By Little's law, as many are open as arrive while one is."""
        open_tasks = per_second * (delay_seconds + shape.call_seconds)
        flow = Flow(per_second, delay_seconds, delay_seconds)
        return cls(shape, open_tasks, flow, _same_second(same_second, per_second))

    @classmethod
    def of_trace(cls, trace: Trace, shape: Shape) -> Self:
        """Tasks that keep coming as they did in production.

        A trace that is shorter than its delays has begun with nothing waiting, which production did not: then
        Little's law gives the number, if it is the larger one.
        """
        flow = Flow(trace.per_second, trace.mean_delay_seconds, trace.longest_delay_seconds)
        open_tasks: float = trace.most_open(shape.call_seconds)
        if trace.is_shorter_than_its_delays:
            steady = flow.per_second * (flow.mean_delay_seconds + shape.call_seconds)
            open_tasks = max(open_tasks, steady)
        return cls(shape, open_tasks, flow, trace)

    @property
    def is_monthly(self) -> bool:
        """Whether costs are for a month; otherwise for the tasks that wait, once."""
        return self.flow is not None

    @property
    def tasks(self) -> float:
        """How many tasks there are to pay for: in a month of 30 days, or once."""
        return self.flow.per_second * MONTH_SECONDS if self.flow else self.open_tasks

    @property
    def calls_per_second(self) -> float:
        """The mean rate at which the function is called, retries included."""
        return self.flow.per_second * self.shape.calls if self.flow else 0.0


def _same_second(count: float | None, per_second: float) -> Bursts | None:
    return None if count is None else SameSecond(count, per_second)


@dataclass(frozen=True, slots=True)
class Volume:
    """Two of rate, delay and number waiting, from which the third follows, or the number waiting alone.

    `same_second` is the most tasks that are due in one second, where that is known.
    """

    per_second: float | None = None
    delay_seconds: float | None = None
    pending: float | None = None
    same_second: float | None = None

    def workload(self, shape: Shape) -> Workload:
        """Find what was not said by Little's law: as many are open as arrive while one is.

        Raises:
            IncompleteVolume: too little was said, or all three.

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
