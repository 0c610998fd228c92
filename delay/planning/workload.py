"""What is asked of a service: how many tasks, how often, how long they wait."""

from dataclasses import dataclass
from typing import Final, Self

from delay.planning.bursts import Bursts, SameSecond
from delay.planning.shape import Shape
from delay.planning.trace import Trace

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
