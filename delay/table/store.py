"""Tasks that wait as rows of a table."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from delay.aws.connection import SqsClient
from delay.aws.corrected_clock import CorrectedClock
from delay.clock import Clock
from delay.dead_letters.queue import DeadLetterQueue
from delay.dead_letters.redriving import DeadLetters
from delay.errors import InvalidRequest
from delay.listing import Listing, Watcher
from delay.many.rate_limit import CallRate, RateLimiter
from delay.many.selection import ListTasks, Selection, find_open
from delay.many.stoppable_clock import StoppableClock
from delay.many.window import DueWindow
from delay.request import Change, Request, Result
from delay.store import Store
from delay.table.backend import TableBackend, find_endpoint
from delay.table.batches import BatchScheduler
from delay.table.bulk import BulkChanges
from delay.table.counting import count_tasks
from delay.table.history import build_history
from delay.table.key import validate_key, validate_prefix
from delay.table.letter import LetterRun, TableLetter
from delay.table.listing import TableListing
from delay.table.parts import Parts
from delay.table.requests import Requests
from delay.table.table_arn import TableArn
from delay.task import Counts, ScheduledTask, Status, Task
from delay.text.moment import format_moment
from task_table.rewinding import rewind

CONCURRENCY: Final = 16
"""The number of tasks or batches in progress in an operation on many."""


class TableStore(Store):
    """The tasks of a table, each a row."""

    def __init__(
        self, arn: TableArn, backend: TableBackend, clock: CorrectedClock, patience: timedelta
    ) -> None:
        self._backend = backend
        self._clock = clock
        self._table_arn = arn.arn
        self._requests = self._build_requests(self._clock, patience)
        self._parts = Parts(self._requests)

    @property
    def arn(self) -> str:
        """The table's ARN."""
        return self._table_arn

    @property
    def clock(self) -> Clock:
        """The given clock, corrected if the table's differs."""
        return self._clock

    def check_clock(self) -> None:
        """Compare the clock with the table's, unless that was done within the last hour."""
        self._requests.check_clock()

    def require_key(self, key: str) -> str:
        """Return the key if it fits into the sort key of a row."""
        return validate_key(key)

    def schedule(self, request: Request) -> ScheduledTask:
        """Write the rows of a task."""
        return self._parts.changes.send(self._parts.scheduler.prepare(request))

    def schedule_many(
        self,
        requests: Iterable[Request],
        *,
        rate: CallRate | None,
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Result]:
        """Write the rows of tasks, by default as fast as the table takes them."""
        parts, stoppable = self._open_many(patience)
        paced = requests if rate is None else _pace(requests, RateLimiter(rate, stoppable))
        return BatchScheduler(parts).schedule(paced, stoppable, concurrency or CONCURRENCY)

    def get(self, key: str, *, attempts: bool = False) -> Task:  # noqa: ARG002 - a row has them
        """Return the task of a key row, with the payload of its slot row."""
        return self._parts.changes.read_task(self._parts.changes.find(key))

    def list(self, *, status: Status | None, prefix: str, due: bool, window: DueWindow | None) -> Listing:
        """Return the tasks by their keys or, with a window, by their due times."""
        return TableListing(
            self._requests,
            self._parts.setup,
            status=status,
            prefix=validate_prefix(prefix),
            due=due,
            window=window,
        )

    def count(self, *, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
        """Read all key rows of a prefix, and count them."""
        return count_tasks(self._requests, self._parts.setup, status, validate_prefix(prefix), watch)

    def cancel(self, key: str) -> Task:
        """End a waiting task."""
        return self._parts.changes.cancel(key)

    def cancel_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """End the selected tasks in threads."""
        return self._open_bulk(concurrency, patience).cancel(selection.using(find_open))

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Point a key row to another slot row."""
        return self._parts.changes.reschedule(key, after=after, at=at)

    def reschedule_many(
        self,
        selection: Selection,
        *,
        after: timedelta | None,
        at: datetime | None,
        to_version: str | None,
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Change]:
        """Move the selected tasks in threads."""
        if to_version is not None:
            raise InvalidRequest(
                "to_version (--to-version) is for tasks that wait as executions: leave it out. The tasks of "
                "a table are always called by the function's current release."
            )
        return self._open_bulk(concurrency, patience).reschedule(
            selection.using(find_open), after=after, at=at
        )

    def redrive(self, key: str) -> Task:
        """Make a failed task due now."""
        return self._parts.changes.redrive(key)

    def redrive_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """Redrive the selected tasks in threads."""
        return self._open_bulk(concurrency, patience).redrive(selection.using(self.find_redrivable))

    def find_redrivable(self, list_tasks: ListTasks) -> Collection[str]:
        """Return the keys of the failed tasks: any that the table still knows can be redriven."""
        return dict.fromkeys(task.key for task in list_tasks(Status.FAILED))

    def history(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of a task that its key row knows."""
        return build_history(self._parts.changes.find(key))

    def check_rewind(self, point: datetime) -> None:
        """Refuse a time that is ahead, and a table that cannot be used."""
        self._parts.setup.get()
        if point > self._clock.now():
            raise InvalidRequest(f"A backup is of a time that has passed, got {format_moment(point)}.")

    def rewind(self, point: datetime) -> None:
        """Purge the queue, and set the cursors of the drain and of the sweeps back."""
        self.check_rewind(point)
        url = self._parts.setup.get().queue_url
        self._requests.ask_queue(url, lambda queue: queue.purge())
        self._requests.ask_table(lambda table: rewind(table, int(point.timestamp())))

    def dead_letters(self, queue_url: str, sqs: SqsClient | None) -> DeadLetters:
        """Return the failed tasks in a dead-letter queue."""
        connect = self._backend.open_letters
        parse = partial(TableLetter.of, table_arn=self._table_arn)
        queue = DeadLetterQueue(queue_url, (lambda: sqs) if sqs else connect, parse)
        return DeadLetters(queue, lambda: LetterRun(self._parts.changes, self._requests.read_seconds).redrive)

    def _build_requests(self, clock: CorrectedClock, patience: timedelta) -> Requests:
        backend = self._backend
        return Requests(
            self._table_arn,
            backend.open_table,
            backend.open_queue,
            clock,
            patience,
            find_endpoint=partial(find_endpoint, backend),
        )

    def _open_many(self, patience: timedelta) -> tuple[Parts, StoppableClock]:
        stoppable = StoppableClock(self._clock.uncorrected)
        clock = self._clock.with_clock(stoppable)
        return Parts(self._build_requests(clock, patience)), stoppable

    def _open_bulk(self, concurrency: int | None, patience: timedelta) -> BulkChanges:
        parts, stoppable = self._open_many(patience)

        def list_tasks(status: Status, prefix: str) -> TableListing:
            return TableListing(
                parts.requests,
                parts.setup,
                status=status,
                prefix=validate_prefix(prefix),
                due=False,
                window=None,
            )

        return BulkChanges(parts.changes, list_tasks, stoppable, concurrency or CONCURRENCY)


def _pace(requests: Iterable[Request], limiter: RateLimiter) -> Iterator[Request]:
    """Yield the requests, no faster than a rate."""
    for request in requests:
        limiter.take()
        yield request
