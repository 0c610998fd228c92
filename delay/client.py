"""The client: schedule, find, change and await delayed tasks, wherever they wait."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self, overload

from delay._waiting import wait_for_end
from delay.aws.connection import (
    CloudFormationClient,
    DynamoDbClient,
    SqsClient,
    StepFunctionsClient,
    connect_cloudformation,
)
from delay.aws.stack import find_stack
from delay.aws.store_name import StoreName
from delay.clock import Clock
from delay.dead_letters.redriving import DeadLetters
from delay.errors import InvalidDueTime, NoSuchQueue
from delay.executions.call_rates import CallRates
from delay.listing import Listing, Watcher
from delay.many.rate_limit import CallRate
from delay.many.selection import Selection
from delay.many.window import DueWindow
from delay.opening import StoreOptions, open_store
from delay.request import Change, Request, Result
from delay.store import Store
from delay.task import Counts, ScheduledTask, Status, Task

if TYPE_CHECKING:
    from delay.table.backend import TableBackend

PATIENCE: Final = timedelta(seconds=90)
"""How long a throttled call is retried, in addition to the boto3 client's own retries."""

BULK_PATIENCE: Final = timedelta(minutes=10)
"""The same for operations on many tasks: other callers may use up the quota for a while."""


class Delay:
    """The delayed tasks of a store, such as a state machine: schedule, find, change and await them.

    Threads may share a client. It sends nothing before an operation is called.
    A forked process may use the client of its parent, unless that was given a boto3 client of its own.

    `arn` names where the tasks wait: a state machine, or a table. Both are outputs of template.yaml.
    `sfn` is a boto3 client for Step Functions; by default one is created when it is first needed. So are
    `dynamodb` and `sqs`, for a table and its queue.
    `clock` replaces the system's clock; by default it is that of the client if it has one, as in tests.
    `patience` is how long a throttled call is retried: 90 seconds by default.
    `rates` is for accounts with other quotas than the Region's defaults.
    `dead_letter_queue_url` is the queue of failed tasks, which `from_stack` finds by itself.
    `backend` stands in for DynamoDB and SQS in tests: see FakeTaskTable in delay.testing.

    Operations on one task take its key or a Task. Every error is a DelayError; delay.errors shows their tree.
    Every operation that calls AWS may raise a ServiceError or NoSuchStore.

    Raises:
        InvalidArn: `arn` is neither the ARN of a state machine nor of a table.
        InvalidRequest: an argument is for the other store.

    """

    def __init__(
        self,
        arn: str,
        sfn: StepFunctionsClient | None = None,
        *,
        clock: Clock | None = None,
        patience: timedelta = PATIENCE,
        rates: CallRates | None = None,
        dead_letter_queue_url: str | None = None,
        dynamodb: DynamoDbClient | None = None,
        sqs: SqsClient | None = None,
        backend: "TableBackend | None" = None,
    ) -> None:
        self._store = open_store(arn, StoreOptions(patience, clock, sfn, rates, dynamodb, sqs, backend))
        self._dead_letter_queue_url = dead_letter_queue_url

    @classmethod
    def from_stack(
        cls,
        stack_name: str,
        *,
        store: StoreName = "executions",
        cloudformation: CloudFormationClient | None = None,
        sfn: StepFunctionsClient | None = None,
        clock: Clock | None = None,
        patience: timedelta = PATIENCE,
        rates: CallRates | None = None,
        dynamodb: DynamoDbClient | None = None,
        sqs: SqsClient | None = None,
    ) -> Self:
        """Return a client for a deployed stack: its outputs name the store and the dead-letter queue.

        `store` is where the tasks wait: as "executions" of the state machine, or in the "table", if the stack
        has one.
        The caller needs the IAM action cloudformation:DescribeStacks.

        Raises:
            NoSuchStack: there is no such stack, or it has no output DelayStateMachineArn, or no such store.

        """
        stack = find_stack(stack_name, cloudformation or connect_cloudformation())
        found = stack.find_store(store)
        return cls(
            found.arn,
            sfn,
            clock=clock,
            patience=patience,
            rates=rates,
            dead_letter_queue_url=found.dead_letter_queue_url,
            dynamodb=dynamodb,
            sqs=sqs,
        )

    @property
    def arn(self) -> str:
        """The ARN that the client was created with."""
        return self._store.arn

    @property
    def store(self) -> Store:
        """The store in which the tasks wait. Its interface is not public yet: a release may change it."""
        return self._store

    @property
    def clock(self) -> Clock:
        """The clock by which due times are computed: the given one, corrected if the store's differs."""
        return self._store.clock

    def check_clock(self) -> None:
        """Compare the clock with the store's, unless that was done within the last hour.

        An operation with `at` does so by itself: with a StartExecution that Step Functions refuses, or a read
        of the table.

        Raises:
            Unreachable: the store does not answer.

        """
        self._store.check_clock()

    @overload
    def schedule(
        self,
        payload: Mapping[str, Any],
        *,
        after: timedelta,
        key: str | None = None,
        replace: bool = False,
    ) -> ScheduledTask: ...

    @overload
    def schedule(
        self,
        payload: Mapping[str, Any],
        *,
        at: datetime,
        key: str | None = None,
        allow_past: bool = False,
        replace: bool = False,
    ) -> ScheduledTask: ...

    def schedule(
        self,
        payload: Mapping[str, Any],
        *,
        after: timedelta | None = None,
        at: datetime | None = None,
        key: str | None = None,
        allow_past: bool = False,
        replace: bool = False,
    ) -> ScheduledTask:
        """Schedule a call of the function with a payload, `after` a delay from now or `at` a point in time.

        `payload` is a JSON object without a member `expirydate`.
        `after` and `at` are rounded up to the second: a task is never early.
        `at` must be in the future unless `allow_past` is set; a past time then means at once.
        `key` identifies the task; by default a UUID is generated.

        With a key, a request can be repeated: the same payload for the same time, or after the same delay
        while the task is open, returns the existing task.

        With `replace`, the latest request wins: a waiting task of the key gets this payload and due time,
        under the rules of `reschedule`.

        Raises:
            InvalidRequest: the payload, the time or the key is invalid. Nothing was sent.
            InvalidDueTime: also, with `replace`, if the task was waiting and the time is too far ahead.
            DuplicateKey: another task has the key; KeyUsedUp if it has ended. The message says what differs.
            TooLate: the task to replace is due, or its function has been called.
            Contended: other clients kept changing the task to replace.
            OverQuota: the account has as many open executions as it may have, 1,000,000 by default.

        """
        request = Request(payload, after, at, key, allow_past, replace)  # type: ignore[call-overload]  # the store validates it
        return self._store.schedule(request)

    def schedule_many(
        self,
        requests: Iterable[Request],
        *,
        rate: CallRate | None = None,
        concurrency: int | None = None,
        patience: timedelta | None = None,
    ) -> Iterator[Result]:
        """Schedule any number of tasks, and yield a result for each as it arrives: a task or an error.

        Requests are consumed as results are fetched: memory stays flat, and a slow reader slows the sending.
        Nothing is sent before the first result is fetched.
        If iterating over the requests raises, that error is raised after the results of the earlier requests.
        A caller that stops early does not learn the results of the last few: give keys, and schedule again.

        `rate` is StartExecution's quota in the Region by default; a table has no limit of this kind.
        `concurrency` is the number of requests in flight; by default the boto3 client's connections, or 16
        batches for a table.
        `patience` is how long a throttled request is retried: ten minutes by default.
        """
        return self._store.schedule_many(
            requests, rate=rate, concurrency=concurrency, patience=_choose_patience(patience)
        )

    def get(self, key: str | Task, *, attempts: bool = False) -> Task:
        """Return a task. It takes two calls of DescribeExecution, and a few more for a rescheduled task.

        With `attempts`, the task also has the number of its function's calls and, while it is open, the error
        of the last failed one. That takes a GetExecutionHistory unless the task is WAITING. A row, at two
        reads, has both in any case.

        Raises:
            NoSuchTask: no task has the key, or it ended over 90 days ago, or in a table over its `keep`.

        """
        return self._store.get(self._require_key(key), attempts=attempts)

    def list(
        self,
        status: Status | None = None,
        prefix: str = "",
        *,
        due: bool = False,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        due_within: timedelta | None = None,
    ) -> Listing:
        """Return the tasks whose keys begin with `prefix`, the latest first.

        Open tasks are ordered by their start or redrive, ended ones by their end. (Source: ListExecutions.)
        Tasks of a table are ordered by their keys. They have due times and errors, and with `due` payloads.

        Iterating over the listing fetches pages of a thousand tasks. That is cheap, but gives neither due
        times nor payloads nor errors, and OPEN or STOPPED instead of WAITING, RUNNING and CANCELLED. With
        `due`, or with one of these three as `status`, each task takes a DescribeExecution of its own, at 10
        to 15 a second: `list(...).estimate()` returns their number and the time that takes. A task that was
        started a moment ago may be missing.

        `due_from` and `due_until` select due times, both included; `due_within` those from now on. Such a
        listing is ordered by due time. It has WAITING tasks unless `status` says otherwise. AWS cannot search
        by due time, so each task of the status is described, and the first one comes after the last one was
        read; `list(...).iterate(watch)` reports the progress. A local endpoint answers at once. Of a table,
        the minutes of a window are read if it is in the future and a day long at most, or else all rows.

        Raises:
            InvalidDueTime: a bound has no time zone, or the bounds exclude each other.

        """
        window = DueWindow.of(self.clock.now(), due_from=due_from, due_until=due_until, due_within=due_within)
        return self._store.list(status=status, prefix=prefix, due=due, window=window)

    def count(
        self, status: Status | None = None, prefix: str = "", *, watch: Watcher | None = None
    ) -> Counts:
        """Return the number of tasks whose keys begin with `prefix`, by status.

        A local endpoint answers at once. On AWS a thousand tasks take a call, of which it allows 100 to 200
        at once and then 2 to 5 a second. Without `status`, the open tasks are counted to the last, and of
        each other status some ten thousand executions at most: `Counts.lower_bounds` names the statuses that
        have more.
        On AWS the counts are of OPEN and STOPPED. WAITING, RUNNING, CANCELLED and RESCHEDULED are counted on
        request alone: each task is described, at 10 to 15 a second. The rows of a table are all read.
        `watch` receives the number of executions read so far.
        """
        return self._store.count(status=status, prefix=prefix, watch=watch)

    def cancel(self, key: str | Task) -> Task:
        """Stop a task before its function is called. A cancelled task is returned as it is.

        Raises:
            NoSuchTask: no task has the key.
            TooLate: its function has been called, which its history shows, or it has ended.
            Contended: other clients kept changing the task.

        """
        return self._store.cancel(self._require_key(key))

    @overload
    def reschedule(self, key: str | Task, *, after: timedelta) -> ScheduledTask: ...

    @overload
    def reschedule(self, key: str | Task, *, at: datetime) -> ScheduledTask: ...

    def reschedule(
        self, key: str | Task, *, after: timedelta | None = None, at: datetime | None = None
    ) -> ScheduledTask:
        """Move a waiting task to another due time. Its payload stays the same.

        An execution continues as the next generation of its key, with another ARN. Step Functions keeps a key
        for 90 days after its first execution was stopped, so the due time must lie within 89 days of the
        key's first reschedule. A row is moved as often and as far as one likes.

        Raises:
            InvalidDueTime: the time is invalid or too far ahead.
            NoSuchTask: no task has the key.
            TooLate: the task is due, its function has been called, or it has ended.
            Contended: other clients kept changing the task.

        """
        return self._store.reschedule(self._require_key(key), after=after, at=at)

    def cancel_many(
        self,
        *,
        prefix: str | None = None,
        keys: Iterable[str | Task] | None = None,
        concurrency: int | None = None,
        patience: timedelta | None = None,
    ) -> Iterator[Change]:
        """Cancel the tasks whose keys begin with `prefix`, or those with `keys`. Yield a result for each.

        With `prefix`, all open tasks are listed first, and a task that cannot be cancelled has a TooLate as
        its result. For every task, pass `keys=delay.list(Status.OPEN)`.
        Nothing is sent before the first result is fetched. A caller that stops early leaves the rest.
        Each task takes four calls of DescribeExecution, more if it was rescheduled, of which AWS allows 10 to
        15 a second after the first 250 to 300.

        `concurrency` is the number of tasks in progress; by default the boto3 client's connections.
        `patience` is how long a throttled call is retried: ten minutes by default.

        Raises:
            InvalidRequest: neither or both of `prefix` and `keys` are given, or the prefix is empty.

        """
        selection = Selection.of(prefix, keys, self._require_key)
        return self._store.cancel_many(
            selection, concurrency=concurrency, patience=_choose_patience(patience)
        )

    def reschedule_many(
        self,
        *,
        prefix: str | None = None,
        keys: Iterable[str | Task] | None = None,
        after: timedelta | None = None,
        at: datetime | None = None,
        to_version: str | None = None,
        concurrency: int | None = None,
        patience: timedelta | None = None,
    ) -> Iterator[Change]:
        """Move waiting tasks, chosen as for `cancel_many`, to another due time or to other code.

        `after` and `at` are as for `reschedule`.
        `to_version` is a version of the state machine by its number, such as "7", or an alias, such as
        "live"; a table has none, and refuses it. Without `after` and `at`, each task keeps its due time, and
        tasks on that version are left as they are: the call can be repeated.

        Raises:
            InvalidRequest: as for `cancel_many`; or none of `after`, `at` and `to_version` is given.
            InvalidDueTime: both of `after` and `at` are given.

        """
        if after is not None and at is not None:
            raise InvalidDueTime("Give either after=timedelta(days=7) or at=datetime(..., tzinfo=UTC).")
        if after is None and at is None and to_version is None:
            raise InvalidDueTime("Give after=, at= or to_version=: there is nothing to change.")
        return self._store.reschedule_many(
            Selection.of(prefix, keys, self._require_key),
            after=after,
            at=at,
            to_version=to_version,
            concurrency=concurrency,
            patience=_choose_patience(patience),
        )

    def redrive_many(
        self,
        *,
        prefix: str | None = None,
        keys: Iterable[str | Task] | None = None,
        concurrency: int | None = None,
        patience: timedelta | None = None,
    ) -> Iterator[Change]:
        """Redrive failed and timed-out tasks, chosen as for `cancel_many`. Yield a result for each.

        With `prefix`, tasks that ended over 14 days ago, or started a year ago, are left out: AWS does not
        redrive them. Each task takes four calls of DescribeExecution, more if it was rescheduled.

        Raises:
            InvalidRequest: as for `cancel_many`.

        """
        selection = Selection.of(prefix, keys, self._require_key)
        return self._store.redrive_many(
            selection, concurrency=concurrency, patience=_choose_patience(patience)
        )

    def wait(
        self,
        key: str | Task,
        timeout: timedelta | None = None,
        *,
        watch: Callable[[Task], object] | None = None,
    ) -> Task:
        """Wait until a task has ended, whatever its status then, and return it.

        A waiting task is polled after a tenth of the time left, at most an hour, since it may be rescheduled
        or cancelled meanwhile. A due task is polled after a quarter of a second at first, and after ten in
        the end. Each poll's task is passed to `watch`.

        Raises:
            StillOpen: it did not end within the timeout.
            NoSuchTask: no task has the key.

        """
        return wait_for_end(lambda: self.get(key), self.clock, timeout, watch)

    def redrive(self, key: str | Task) -> Task:
        """Resume a failed or timed-out task where it failed: its function is called again.

        A row also resumes if it is past due and no worker holds it.

        Raises:
            NotRedrivable: it did not fail, or failed over 14 days ago as an execution.
            NoSuchTask: no task has the key.

        """
        return self._store.redrive(self._require_key(key))

    def dead_letters(self, queue_url: str | None = None, sqs: SqsClient | None = None) -> DeadLetters:
        """Return the failed tasks in a dead-letter queue, to look at or to redrive.

        `queue_url` is by default the queue that the client was created with.
        `sqs` is a boto3 client for SQS; by default one is created.
        Nothing is sent before the first result is fetched.

        Raises:
            NoSuchQueue: no queue was given, here or to the client.

        """
        url = queue_url or self._dead_letter_queue_url
        if url is None:
            raise NoSuchQueue(
                "Give the URL of the dead-letter queue, in the shell by --queue-url: only `from_stack` and "
                "--stack-name find it by themselves."
            )
        return self._store.dead_letters(url, sqs)

    def history(self, key: str | Task) -> Sequence[Mapping[str, Any]]:
        """Return the events of a task so far, in the form of GetExecutionHistory, as far as a row knows them.

        Raises:
            NoSuchTask: no task has the key.

        """
        return self._store.history(self._require_key(key))

    def _require_key(self, key: str | Task) -> str:
        return key.key if isinstance(key, Task) else self._store.require_key(key)


def _choose_patience(patience: timedelta | None) -> timedelta:
    return BULK_PATIENCE if patience is None else patience
