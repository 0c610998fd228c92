"""The workload that a plan is made for: how many tasks, how often they come, how long they wait.

A workload is built from a volume, which may leave one number out, or from a trace of production. By Little's
law, as many tasks are open as arrive while one is open.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, Self

from delay.planning.batch import Batch, most_open_daily
from delay.planning.errors import IncompleteVolume
from delay.planning.trace import Trace

DAY_SECONDS: Final = 86_400
MONTH_SECONDS: Final = 30 * DAY_SECONDS

_SHORTEST_SAMPLE_SECONDS: Final = 3_600
"""A file that spans less is more likely a batch than a sample of traffic."""


class Repeat(StrEnum):
    """How the tasks of a file come again."""

    ONCE = "once"
    """Never: the file is one batch."""
    DAILY = "daily"
    """Each day comes such a batch."""
    STEADY = "steady"
    """The file is a sample of traffic that goes on like that."""

    @classmethod
    def guess(cls, trace: Trace) -> Self:
        """Return the likely one for the span of a file: a sample of traffic spans an hour or more."""
        return cls.ONCE if trace.span_seconds < _SHORTEST_SAMPLE_SECONDS else cls.STEADY


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of each task.

    `retries` is the mean number of calls after the first.
    `cancelled` is the share of tasks that are cancelled while they wait, and `moved` the mean number of moves
    to another due time.
    `lateness_seconds` is how late a call may be; None if that does not matter.
    """

    payload_bytes: int = 1024
    call_seconds: float = 0.1
    retries: float = 0.0
    cancelled: float = 0.0
    moved: float = 0.0
    lateness_seconds: float | None = None

    @property
    def calls(self) -> float:
        """The mean number of calls of the function for each task."""
        return (1 - self.cancelled) * (1 + self.retries)


@dataclass(frozen=True, slots=True)
class Delays:
    """How long tasks wait."""

    mean_seconds: float
    longest_seconds: float


class Peaks(Protocol):
    """The worst moments of a workload."""

    def starts_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that StartExecution needs, refilled at this rate."""

    def transitions_at_once(self, refill_per_second: float) -> float:
        """Return the size of the token bucket that state transitions need, refilled at this rate."""

    def due_within(self, seconds: float) -> float:
        """Return the most tasks due in any period of this length."""

    def calls_at_once(self, call_seconds: float) -> float:
        """Return the most calls of the function that run at once."""


@dataclass(frozen=True, slots=True)
class SameSecond:
    """`count` tasks due in the same second, in addition to a steady flow.

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

    `open_tasks` is the most tasks that wait or are called at once, and `tasks` the number to pay for: in a
    month of 30 days, or once. `per_second` is their mean rate; None if they come once. `delays` are None if
    unknown. Without `peaks`, tasks come and fall due evenly. `trace` is the file, and `repeat` how it comes
    again; without a file, tasks that come once or steadily say so by their rate.
    """

    shape: Shape
    open_tasks: float
    tasks: float
    per_second: float | None = None
    delays: Delays | None = None
    peaks: Peaks | None = None
    trace: Trace | None = None
    repeat: Repeat = Repeat.STEADY
    is_repeat_guessed: bool = False

    @classmethod
    def waiting(cls, count: float, shape: Shape, *, same_second: float | None = None) -> Self:
        """Return a number of waiting tasks, once, with unknown delays."""
        return cls(shape, count, count, peaks=_make_peaks(same_second, 0), repeat=Repeat.ONCE)

    @classmethod
    def steady(
        cls, per_second: float, delay_seconds: float, shape: Shape, *, same_second: float | None = None
    ) -> Self:
        """Return tasks at a steady rate with the same delay. Little's law gives the number of open tasks."""
        return cls(
            shape,
            _apply_littles_law(per_second, delay_seconds, shape),
            per_second * MONTH_SECONDS,
            per_second,
            Delays(delay_seconds, delay_seconds),
            _make_peaks(same_second, per_second),
        )

    @classmethod
    def of_trace(cls, trace: Trace, shape: Shape, repeat: Repeat | None = None) -> Self:
        """Return the tasks of a file that comes again like this; None guesses from its span."""
        likely = repeat or Repeat.guess(trace)
        rate = _compute_rate(trace, likely)
        return cls(
            shape,
            _count_open_tasks(trace, shape, likely),
            trace.tasks if rate is None else rate * MONTH_SECONDS,
            rate,
            Delays(trace.mean_delay_seconds, trace.longest_delay_seconds),
            _find_peaks(trace, likely),
            trace,
            likely,
            is_repeat_guessed=repeat is None,
        )

    @property
    def is_monthly(self) -> bool:
        """Whether costs are for a month; otherwise they are for these tasks, once."""
        return self.per_second is not None

    @property
    def calls_per_second(self) -> float:
        """The mean rate of calls of the function, retries included."""
        return (self.per_second or 0.0) * self.shape.calls


def _apply_littles_law(per_second: float, delay_seconds: float, shape: Shape) -> float:
    return per_second * (delay_seconds + shape.call_seconds)


def _compute_rate(trace: Trace, repeat: Repeat) -> float | None:
    match repeat:
        case Repeat.ONCE:
            return None
        case Repeat.DAILY:
            return trace.tasks / DAY_SECONDS
        case Repeat.STEADY:
            return trace.per_second


def _count_open_tasks(trace: Trace, shape: Shape, repeat: Repeat) -> float:
    match repeat:
        case Repeat.ONCE:
            return trace.most_open(shape.call_seconds)
        case Repeat.DAILY:
            return most_open_daily(trace, shape.call_seconds)
        case Repeat.STEADY:
            return _estimate_open_tasks(trace, shape)


def _find_peaks(trace: Trace, repeat: Repeat) -> Peaks:
    match repeat:
        case Repeat.ONCE:
            return Batch.once(trace)
        case Repeat.DAILY:
            return Batch.daily(trace)
        case Repeat.STEADY:
            return trace


def _estimate_open_tasks(trace: Trace, shape: Shape) -> float:
    """Return the most open tasks of traffic that goes on like a file.

    A file shorter than its delays begins with no waiting tasks, unlike production. Little's law then gives
    the number, if that is larger.
    """
    counted = trace.most_open(shape.call_seconds)
    if not trace.is_shorter_than_its_delays:
        return counted
    return max(counted, _apply_littles_law(trace.per_second, trace.mean_delay_seconds, shape))


def _make_peaks(same_second: float | None, per_second: float) -> Peaks | None:
    return None if same_second is None else SameSecond(same_second, per_second)


@dataclass(frozen=True, slots=True)
class Volume:
    """Two of rate, delay and number waiting, or the number waiting alone.

    `same_second` is the most tasks due in one second; None if unknown.
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
