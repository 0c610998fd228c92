"""Measures how late Step Functions calls due tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles
from typing import Self
from uuid import uuid4

from delay import Delay, Request, Task
from delay.executions.execution import CALL_EVENTS
from verification.errors import NotAsExpected

_FIRST_AFTER = timedelta(seconds=5)
_SPREAD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Lateness:
    """Percentiles of the seconds from a task's due time to the scheduling of its call."""

    tasks: int
    p50: float
    p99: float
    latest: float

    @classmethod
    def of(cls, seconds: list[float]) -> Self:
        """Compute the percentiles for two tasks or more."""
        percentiles = quantiles(seconds, n=100, method="inclusive")
        return cls(len(seconds), percentiles[49], percentiles[98], max(seconds))

    def __str__(self) -> str:
        """Return the percentiles in one line."""
        return (
            f"{self.tasks} tasks were called {self.p50:.3f} s after they were due (p50), "
            f"{self.p99:.3f} s (p99), {self.latest:.3f} s (the latest)"
        )


def measure_lateness(delay: Delay, tasks: int) -> Lateness:
    """Schedule tasks due over a minute, wait for all, and read the time of each call in the histories.

    Raises:
        NotAsExpected: a task could not be scheduled, was not called, or was called early.

    """
    run = uuid4().hex[:8]
    scheduled = [
        _require_task(result.error, result.task)
        for result in delay.schedule_many(_build_requests(run, tasks))
    ]
    ended = [delay.wait(task) for task in scheduled]
    return Lateness.of([_compute_seconds_late(delay, task) for task in ended])


def _build_requests(run: str, tasks: int) -> Iterator[Request]:
    for number in range(tasks):
        after = _FIRST_AFTER + timedelta(seconds=_SPREAD_SECONDS * number // tasks)
        yield Request({"lateness": number}, after=after, key=f"late-{run}-{number}")


def _require_task(error: Exception | None, task: Task | None) -> Task:
    if task is None:
        raise NotAsExpected(f"A task could not be scheduled: {error}")
    return task


def _compute_seconds_late(delay: Delay, task: Task) -> float:
    called = [event["timestamp"] for event in delay.history(task) if event["type"] in CALL_EVENTS]
    if not called or task.due is None:
        raise NotAsExpected(f"The task {task.key} was not called: it is {task.status}.")
    late: float = (called[0] - task.due).total_seconds()
    if late < 0:
        raise NotAsExpected(f"The task {task.key} was called {-late:.3f} s before it was due.")
    return late
