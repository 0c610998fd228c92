"""Lists the tasks of a state machine."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeVar

from delay.clock import Clock
from delay.errors import NoSuchTask, Unreachable
from delay.executions.call_rates import CallRates
from delay.executions.execution import Execution
from delay.executions.generation import Generation
from delay.executions.generations import Generations, GenerationState
from delay.executions.service import PAGE_SIZE, StepFunctions
from delay.executions.waiting_index import NoIndex, WaitingIndex
from delay.listing import Estimate, Listing, Watcher, get_due_order, watched
from delay.many.rate_limit import RateLimiter
from delay.many.window import DueWindow
from delay.task import Status, Task

_STATUS_FILTERS: Final = {
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
"""The `statusFilter` of ListExecutions for each status."""

_LISTED_STATUSES: Final = {
    "RUNNING": Status.OPEN,
    "PENDING_REDRIVE": Status.OPEN,
    "ABORTED": Status.STOPPED,
    "SUCCEEDED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "TIMED_OUT": Status.TIMED_OUT,
}
"""The status of a task for each status that ListExecutions returns."""

T = TypeVar("T")

_LONGEST_RESCHEDULE: Final = timedelta(minutes=1)
"""A reschedule stops one generation within this time after it started the next."""


class ExecutionListing(Listing):
    """Tasks, the latest first: open ones by their start or redrive, ended ones by their end.

    Those of a window of due times are ordered by due time, and kept in memory until all are read.
    Every iteration fetches them anew, page by page.
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
        window: DueWindow | None = None,
        index: WaitingIndex | None = None,
    ) -> None:
        self._service = service
        self._clock = clock
        self._generations = Generations(service, clock)
        self._list_limiter = RateLimiter(rates.list, clock)
        self._describe_limiter = RateLimiter(rates.describe, clock)
        self._status = Status.WAITING if window and status is None else status
        self._prefix = prefix
        self._window = window
        self._index = index if window and self._status is Status.WAITING else None
        self._described = None if self._index else index
        is_exact = self._status is not None and self._status not in _LISTED_STATUSES.values()
        self._has_details = due or is_exact or window is not None

    @property
    def has_details(self) -> bool:
        """Whether it has due times, payloads and errors, which takes a call for each task."""
        return self._has_details

    @property
    def is_sorted_by_due(self) -> bool:
        """Whether the tasks are ordered by due time. The first one then comes after all are read."""
        return self._window is not None

    def iterate(self, watch: Watcher | None = None) -> Iterator[Task]:
        """Yield the tasks. `watch` receives the number of executions read so far."""
        if self._window:
            yield from self._list_due(self._window, watch)
            return
        tasks = self._describe_tasks(watch) if self.has_details else self._list_tasks(watch)
        yield from (task for task in tasks if self._matches_status(task))

    def estimate(self) -> Estimate:
        """Count the tasks, a thousand a call, and return the least time that iterating will take.

        A local endpoint counts at once, and of a window of due times only the tasks in it.
        """
        if self._window and self._index:
            try:
                return Estimate(sum(1 for _ in self._read_index(self._index, self._window)), timedelta(0))
            except NoIndex:
                self._index = None
        if self._described and (found := self._count_described(self._described)) is not None:
            return Estimate(found, timedelta(0))
        tasks = sum(1 for _ in self._list_summaries())
        duration = self._list_limiter.minimum_duration(-(-tasks // PAGE_SIZE))
        if self.has_details:
            duration += self._describe_limiter.minimum_duration(tasks)
        return Estimate(tasks, duration)

    def _count_described(self, index: WaitingIndex) -> int | None:
        """Return how many executions the index lists; None if it does not answer."""
        try:
            found = index.count(self._prefix)
        except NoIndex:
            self._described = None
            return None
        status_filter = _STATUS_FILTERS[self._status] if self._status else None
        return sum(
            number for status, number in found.items() if status_filter in {None, _STATUS_FILTERS[status]}
        )

    def _matches_status(self, task: Task) -> bool:
        if self._status is None:
            return task.status is not Status.RESCHEDULED
        if self._status in {Status.OPEN, Status.STOPPED}:
            return True
        return task.status is self._status

    def _list_due(self, window: DueWindow, watch: Watcher | None) -> Iterator[Task]:
        if self._index:
            try:
                tasks = list(watched(self._read_index(self._index, window), watch))
            except NoIndex:
                self._index = None
            else:
                return iter(tasks)
        found = (task for task in self._describe_tasks(watch) if self._matches_status(task))
        return iter(sorted(filter(window.contains, found), key=get_due_order))

    def _read_index(self, index: WaitingIndex, window: DueWindow) -> Iterator[Task]:
        for execution in index.list_due(self._prefix, window.due_from, window.due_until):
            task = execution.to_task(self._clock.now(), was_called=False)
            is_wanted = task.key.startswith(self._prefix) and self._matches_status(task)
            if is_wanted and window.contains(task):
                yield task

    def _list_tasks(self, watch: Watcher | None) -> Iterator[Task]:
        """Yield tasks without details, except replaced ones, stopped just after a later generation began.

        The later generation may follow in the listing, but only shortly after.
        """
        latest: dict[str, int] = {}
        held: deque[Task] = deque()
        for task in map(_parse_summary, watched(self._list_summaries(), watch)):
            if task.generation > 1:
                latest[task.key] = max(task.generation, latest.get(task.key, 1))
            held.append(task)
            while held and _is_decided(held[0], _get_sort_time(task)):
                yield from _yield_unless_replaced(held.popleft(), latest)
        for task in held:
            yield from _yield_unless_replaced(task, latest)

    def _describe_tasks(self, watch: Watcher | None) -> Iterator[Task]:
        """Yield tasks with their details: a thousand a request from a local endpoint, else one."""
        if (found := self._read_described()) is not None:
            yield from map(self._build_task, watched(found, watch))
            return
        for summary in watched(self._list_summaries(), watch):
            self._describe_limiter.take()
            task = self._describe_task(Generation.of_name(summary["name"]))
            if task is not None:
                yield task

    def _read_described(self) -> Iterator[Execution] | None:
        """Return the executions of a local endpoint; None if it is none, or does not answer."""
        if not self._described:
            return None
        executions = self._described.list_status(self._described_status, self._prefix)
        try:
            first = next(executions, None)
        except NoIndex:
            self._described = None
            return None
        return _require_index(chain([first] if first else [], executions))

    @property
    def _described_status(self) -> str:
        status_filter = _STATUS_FILTERS[self._status] if self._status else None
        return {None: "ALL", "RUNNING": "OPEN"}.get(status_filter, status_filter or "ALL")

    def _describe_task(self, generation: Generation) -> Task | None:
        """Return a task, or None if Step Functions has forgotten it since it was listed."""
        try:
            execution = self._service.describe(generation)
            return None if execution is None else self._build_task(execution)
        except NoSuchTask:  # forgotten between its description and its history
            return None

    def _build_task(self, execution: Execution) -> Task:
        return GenerationState(execution, self._generations.was_called).to_task(self._clock.now())

    def _has_prefix(self, name: str) -> bool:
        return Generation.of_name(name).key.startswith(self._prefix)

    def _list_summaries(self) -> Iterator[Mapping[str, Any]]:
        """Yield executions as ListExecutions has them. Only a local endpoint can search for names."""
        if self._prefix and (found := self._read_described()) is not None:
            yield from (summary for summary in map(_summarize, found) if self._has_prefix(summary["name"]))
            return
        status_filter = _STATUS_FILTERS[self._status] if self._status else None
        self._list_limiter.take()
        for page in self._service.list_executions(status_filter):
            yield from (summary for summary in page if self._has_prefix(summary["name"]))
            self._list_limiter.take()


def _require_index(executions: Iterable[Execution]) -> Iterator[Execution]:
    """Yield executions from an index that has answered before.

    Raises:
        Unreachable: it no longer does.

    """
    try:
        yield from executions
    except NoIndex as error:
        raise Unreachable("The local endpoint has stopped answering: list again.") from error


def _is_decided(task: Task, reached: datetime) -> bool:
    """Whether no later generation of its key can follow, now that the listing has reached a time."""
    return task.status is not Status.STOPPED or _get_sort_time(task) - reached > _LONGEST_RESCHEDULE


def _yield_unless_replaced(task: Task, latest: Mapping[str, int]) -> Iterator[Task]:
    if task.status is not Status.STOPPED or latest.get(task.key, 1) <= task.generation:
        yield task


def _get_sort_time(task: Task) -> datetime:
    return task.ended or task.started


def _summarize(execution: Execution) -> Mapping[str, Any]:
    """Return an execution in the form of ListExecutions."""
    return {
        "name": execution.generation.name,
        "executionArn": execution.arn,
        "status": execution.status,
        "startDate": execution.started,
        "stopDate": execution.stopped,
    }


def _parse_summary(summary: Mapping[str, Any]) -> Task:
    generation = Generation.of_name(summary["name"])
    stopped = summary.get("stopDate")
    return Task(
        key=generation.key,
        status=_LISTED_STATUSES[summary["status"]],
        arn=summary["executionArn"],
        started=summary["startDate"].astimezone(UTC),
        ended=stopped and stopped.astimezone(UTC),
        generation=generation.number,
    )
