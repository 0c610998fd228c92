"""What comes at once, where a mean rate does not tell."""

from dataclasses import dataclass
from typing import Protocol


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
