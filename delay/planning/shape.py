"""What the tasks of a workload are like, one by one."""

from dataclasses import dataclass


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
