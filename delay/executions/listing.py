"""A state machine's tasks, one after the other."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from delay.clock import Clock
from delay.executions.generation import Generation
from delay.executions.generations import Generations, GenerationState
from delay.executions.rate_limit import CallRates, RateLimiter
from delay.executions.service import StepFunctions
from delay.task import Status, Task

_FILTERS: Final = {
    Status.OPEN: "RUNNING",
    Status.WAITING: "RUNNING",
    Status.RUNNING: "RUNNING",
    Status.STOPPED: "ABORTED",
    Status.CANCELLED: "ABORTED",
    Status.RESCHEDULED: "ABORTED",
    Status.SUCCEEDED: "SUCCEEDED",
    Status.FAILED: "FAILED",
    Status.TIMED_OUT: "TIMED_OUT",
}
"""What ListExecutions is asked for."""

_PLAIN: Final = {
    "RUNNING": Status.OPEN,
    "PENDING_REDRIVE": Status.OPEN,
    "ABORTED": Status.STOPPED,
    "SUCCEEDED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "TIMED_OUT": Status.TIMED_OUT,
}
"""What ListExecutions tells."""

_PAGE: Final = 1000

_SUCCESSION: Final = timedelta(minutes=1)
"""A reschedule stops one generation within this time after it has started the next."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many tasks a listing looks at, and how long that takes at least.

    Generations that made room for another are looked at too, and left out.
    """

    tasks: int
    duration: timedelta


class Listing:
    """Tasks, the latest first: those that are open by their start, the others by their end.

    Iterating asks for them page by page, each time anew.
    """

    def __init__(
        self,
        service: StepFunctions,
        clock: Clock,
        rates: CallRates,
        *,
        status: Status | None,
        prefix: str,
        due: bool,
    ) -> None:
        self._service = service
        self._clock = clock
        self._generations = Generations(service, clock)
        self._list_pace = RateLimiter(rates.list, clock)
        self._describe_pace = RateLimiter(rates.describe, clock)
        self._status = status
        self._prefix = prefix
        self.has_details = due or (status is not None and status not in _PLAIN.values())
        """Whether it tells due times and payloads, and asks for each task by itself."""

    def __iter__(self) -> Iterator[Task]:
        """Yield the tasks."""
        tasks = self._detailed() if self.has_details else self._plain()
        return (task for task in tasks if self._is_wanted(task))

    def estimate(self) -> Estimate:
        """Count the tasks, a thousand a call, and say how long iterating will take at least."""
        tasks = sum(1 for _ in self._summaries())
        duration = self._list_pace.duration_of(-(-tasks // _PAGE))
        if self.has_details:
            duration += self._describe_pace.duration_of(tasks)
        return Estimate(tasks, duration)

    def _is_wanted(self, task: Task) -> bool:
        if self._status is None:
            return task.status is not Status.RESCHEDULED
        if self._status in {Status.OPEN, Status.STOPPED}:
            return True
        return task.status is self._status

    def _plain(self) -> Iterator[Task]:
        """Leave out what was replaced: what was stopped when a later generation had just been started.

        That one may be listed after it, but shortly after.
        """
        latest: dict[str, int] = {}
        held: deque[Task] = deque()
        for task in map(_plain_task, self._summaries()):
            if task.generation > 1:
                latest[task.key] = max(task.generation, latest.get(task.key, 1))
            held.append(task)
            while held and _is_settled(held[0], _listed_at(task)):
                yield from _unless_replaced(held.popleft(), latest)
        for task in held:
            yield from _unless_replaced(task, latest)

    def _detailed(self) -> Iterator[Task]:
        for summary in self._summaries():
            self._describe_pace.take()
            execution = self._service.describe(Generation.of_name(summary["name"]))
            if execution is not None:  # it may have been forgotten since it was listed
                yield GenerationState(execution, self._generations.was_called).task(self._clock.now())

    def _has_prefix(self, name: str) -> bool:
        return Generation.of_name(name).key.startswith(self._prefix)

    def _summaries(self) -> Iterator[Mapping[str, Any]]:
        status_filter = _FILTERS[self._status] if self._status else None
        self._list_pace.take()
        for page in self._service.pages_of_executions(status_filter):
            yield from (summary for summary in page if self._has_prefix(summary["name"]))
            self._list_pace.take()


def _is_settled(task: Task, reached: datetime) -> bool:
    """Whether no later generation can follow in a listing that has reached a time."""
    return task.status is not Status.STOPPED or _listed_at(task) - reached > _SUCCESSION


def _unless_replaced(task: Task, latest: Mapping[str, int]) -> Iterator[Task]:
    if task.status is not Status.STOPPED or latest.get(task.key, 1) <= task.generation:
        yield task


def _listed_at(task: Task) -> datetime:
    return task.ended or task.started


def _plain_task(summary: Mapping[str, Any]) -> Task:
    generation = Generation.of_name(summary["name"])
    stopped = summary.get("stopDate")
    return Task(
        key=generation.key,
        status=_PLAIN[summary["status"]],
        arn=summary["executionArn"],
        started=summary["startDate"].astimezone(UTC),
        ended=stopped and stopped.astimezone(UTC),
        generation=generation.number,
    )
