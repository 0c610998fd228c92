"""Measures how many seconds after its due time each task of a table is called."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from delay import Delay, Request, Task
from verification.errors import NotAsExpected

_FIRST_AFTER: Final = timedelta(seconds=10)
_SPREAD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The number of tasks by the whole seconds between their due time and their call.

    The row of a task has both to the second, so a call within its second counts as 0.
    """

    by_second: Mapping[int, int]

    @classmethod
    def of(cls, seconds: Iterable[int]) -> Self:
        """Count tasks by the seconds that each was late."""
        return cls(dict(sorted(Counter(seconds).items())))

    def __str__(self) -> str:
        """Return the counts in one line."""
        counts = ", ".join(f"{number:,} after {second} s" for second, number in self.by_second.items())
        return f"{sum(self.by_second.values()):,} tasks were called: {counts}"


def measure_punctuality(delay: Delay, requests: Iterable[Request]) -> Punctuality:
    """Schedule tasks, wait for all, and read from their rows when each was called.

    Raises:
        NotAsExpected: a task could not be scheduled, was not called, or was called early.

    """
    tasks = list(schedule_all(delay, requests))
    return Punctuality.of([_count_seconds_late(delay, delay.wait(task)) for task in tasks])


def spread_over_a_minute(run: str, tasks: int) -> Iterator[Request]:
    """Yield requests due over a minute, from ten seconds on."""
    for number in range(tasks):
        after = _FIRST_AFTER + timedelta(seconds=_SPREAD_SECONDS * number // tasks)
        yield Request({"lateness": number}, after=after, key=f"spread-{run}-{number}")


def crowd_into_a_second(run: str, tasks: int, at: datetime) -> Iterator[Request]:
    """Yield requests that are all due at one time."""
    for number in range(tasks):
        yield Request({"ramp": number}, at=at, key=f"crowd-{run}-{number}")


def schedule_all(delay: Delay, requests: Iterable[Request]) -> Iterator[Task]:
    """Schedule tasks, and yield each.

    Raises:
        NotAsExpected: one could not be scheduled.

    """
    for result in delay.schedule_many(requests):
        if result.task is None:
            raise NotAsExpected(f"A task could not be scheduled: {result.error}")
        yield result.task


def _count_seconds_late(delay: Delay, task: Task) -> int:
    called = [event["timestamp"] for event in delay.history(task) if event["type"] == "TaskStarted"]
    if not called or task.due is None:
        raise NotAsExpected(f"The task {task.key} was not called: it is {task.status}.")
    late: int = round((called[-1] - task.due).total_seconds())
    if late < 0:
        raise NotAsExpected(f"The task {task.key} was called {-late} s before it was due.")
    return late
