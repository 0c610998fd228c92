"""Tasks that wait as rows of a table."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from delay.aws.connection import DynamoDbClient, SqsClient, connect_dynamodb, connect_sqs
from delay.aws.corrected_clock import CorrectedClock
from delay.aws.per_process import PerProcess
from delay.clock import Clock, SystemClock, find_clock
from delay.dead_letters.queue import DeadLetterQueue
from delay.dead_letters.redriving import DeadLetters
from delay.errors import InvalidRequest
from delay.listing import Listing, Watcher
from delay.many.rate_limit import CallRate
from delay.many.selection import ListTasks, Selection, find_open
from delay.many.threads import StoppableClock
from delay.many.window import DueWindow
from delay.request import Change, Request, Result
from delay.store import Store
from delay.table.batches import BatchScheduler
from delay.table.bulk import BulkChanges
from delay.table.changing import Changes
from delay.table.counting import count_tasks
from delay.table.history import build_history
from delay.table.key import validate_key
from delay.table.letter import LetterRun, TableLetter
from delay.table.listing import TableListing
from delay.table.placing import Placer
from delay.table.requests import Requests
from delay.table.scheduling import Scheduler
from delay.table.setup import Setup
from delay.table.table_arn import TableArn
from delay.task import Counts, ScheduledTask, Status, Task
from task_table.dynamodb import DynamoDbTable
from task_table.sqs import SqsQueue

CONCURRENCY: Final = 16
"""The number of tasks or batches in progress in an operation on many."""


class TableStore(Store):
    """The tasks of a table, each a row.

    `dynamodb` and `sqs` are boto3 clients; by default each is created when it is first needed. `clock` is by
    default that of `dynamodb` if it has one.

    Raises:
        InvalidTable: `arn` is not the ARN of a table.

    """

    def __init__(
        self,
        arn: str,
        dynamodb: DynamoDbClient | None = None,
        sqs: SqsClient | None = None,
        *,
        clock: Clock | None,
        patience: timedelta,
    ) -> None:
        table = TableArn.of_arn(arn)
        self._region = table.region
        self._dynamodb = PerProcess(lambda: dynamodb or connect_dynamodb(table.region))
        self._sqs = PerProcess(lambda: sqs or connect_sqs(table.region))
        self._name = table.name
        self._clock = CorrectedClock(clock or find_clock(dynamodb) or SystemClock())
        self._table_arn = arn
        self._requests = self._build_requests(self._clock, patience)
        self._parts = _Parts(self._requests)

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
        rate: CallRate | None,  # noqa: ARG002 - a table has no rate but its throughput, which botocore retries for
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Result]:
        """Write the rows of tasks in batches."""
        parts, stoppable = self._open_many(patience)
        batches = BatchScheduler(parts.requests, parts.placer, parts.scheduler, parts.changes)
        return batches.schedule(requests, stoppable, concurrency or CONCURRENCY)

    def get(self, key: str, *, attempts: bool = False) -> Task:  # noqa: ARG002 - a row has them
        """Return the task of a key row, with the payload of its slot row."""
        return self._parts.changes.read_task(self._parts.changes.find(key))

    def list(self, *, status: Status | None, prefix: str, due: bool, window: DueWindow | None) -> Listing:
        """Return the tasks by their keys or, with a window, by their due times."""
        return TableListing(
            self._requests, self._parts.setup, status=status, prefix=prefix, due=due, window=window
        )

    def count(self, *, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
        """Read all key rows of a prefix, and count them."""
        return count_tasks(self._requests, status, prefix, watch)

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
                "to_version is for tasks that wait as executions: the tasks of a table are called by the "
                "function's current release."
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

    def dead_letters(self, queue_url: str, sqs: SqsClient | None) -> DeadLetters:
        """Return the failed tasks in a dead-letter queue."""
        connect_queue = PerProcess(lambda: sqs or self._sqs())
        queue = DeadLetterQueue(queue_url, connect_queue, partial(TableLetter.of, table_arn=self._table_arn))
        return DeadLetters(queue, lambda: LetterRun(self._parts.changes).redrive)

    def _build_requests(self, clock: CorrectedClock, patience: timedelta) -> Requests:
        return Requests(self._table_arn, self._open_table, self._open_queue, clock, patience)

    def _open_table(self) -> DynamoDbTable:
        return DynamoDbTable(cast("Any", self._dynamodb()), self._name)

    def _open_queue(self, url: str) -> SqsQueue:
        return SqsQueue(cast("Any", self._sqs()), url)

    def _open_many(self, patience: timedelta) -> tuple["_Parts", StoppableClock]:
        stoppable = StoppableClock(self._clock.uncorrected)
        clock = CorrectedClock(stoppable, self._clock.correction)
        return _Parts(self._build_requests(clock, patience)), stoppable

    def _open_bulk(self, concurrency: int | None, patience: timedelta) -> BulkChanges:
        parts, stoppable = self._open_many(patience)

        def list_tasks(status: Status, prefix: str) -> TableListing:
            return TableListing(
                parts.requests, parts.setup, status=status, prefix=prefix, due=False, window=None
            )

        return BulkChanges(parts.changes, list_tasks, stoppable, concurrency or CONCURRENCY)


class _Parts:
    """The parts of a store that share its requests."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.setup = Setup(requests)
        self.placer = Placer(requests, self.setup)
        self.scheduler = Scheduler(requests, self.placer)
        self.changes = Changes(requests, self.setup, self.placer, self.scheduler)
