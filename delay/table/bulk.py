"""Schedules and changes any number of tasks: concurrently, with a result for each."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from delay.errors import DelayError
from delay.many.selection import Select
from delay.many.threads import Many, StoppableClock
from delay.request import Change, Request, Result
from delay.table.changing import Changes
from delay.table.listing import TableListing
from delay.table.scheduling import Scheduler
from delay.task import Status, Task


class BulkScheduler:
    """Schedules requests in threads. Memory stays flat: requests are consumed as results are fetched."""

    def __init__(
        self, scheduler: Scheduler, changes: Changes, clock: StoppableClock, concurrency: int
    ) -> None:
        self._scheduler = scheduler
        self._changes = changes
        self._clock = clock
        self._concurrency = concurrency

    def schedule(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Yield a result for each request, in the order of completion."""
        return Many(self._schedule, self._clock, self._concurrency).run(requests)

    def _schedule(self, request: Request) -> Result:
        try:
            return Result(request, task=self._changes.send(self._scheduler.prepare(request)))
        except DelayError as error:
            return Result(request, error=error)


class BulkChanges:
    """Changes tasks in threads, each as the operation on one task does."""

    def __init__(
        self,
        changes: Changes,
        list_tasks: Callable[[Status, str], TableListing],
        clock: StoppableClock,
        concurrency: int,
    ) -> None:
        self._changes = changes
        self._list = list_tasks
        self._clock = clock
        self._concurrency = concurrency

    def cancel(self, select: Select) -> Iterator[Change]:
        """Cancel the selected tasks."""
        yield from self._run(select, self._changes.cancel)

    def redrive(self, select: Select) -> Iterator[Change]:
        """Redrive the selected tasks."""
        yield from self._run(select, self._changes.redrive)

    def reschedule(self, select: Select, *, after: timedelta | None, at: datetime | None) -> Iterator[Change]:
        """Move the selected tasks to another due time."""
        yield from self._run(select, partial(self._changes.reschedule, after=after, at=at))

    def _run(self, select: Select, operation: Callable[[str], Task]) -> Iterator[Change]:
        def process(key: str) -> Change:
            try:
                return Change(key, task=operation(key))
            except DelayError as error:
                return Change(key, error=error)

        return Many(process, self._clock, self._concurrency).run(select(self._list))
