"""Changes any number of tasks: concurrently, with a result for each."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from delay.many.changes import change_each, return_change
from delay.many.selection import Select
from delay.many.stoppable_clock import StoppableClock
from delay.request import Change
from delay.table.changing import Changes
from delay.table.listing import TableListing
from delay.task import Status, Task


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
        return change_each(select(self._list), return_change(operation), self._clock, self._concurrency)
