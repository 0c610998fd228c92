"""The client: everything that can be done with the delayed tasks of one state machine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Self

from delay._waiting import wait_for_end
from delay.aws.connection import (
    CloudFormationClient,
    SqsClient,
    StepFunctionsClient,
    connect,
    connect_cloudformation,
    connect_sqs,
)
from delay.aws.stack import find_stack
from delay.clock import Clock, SystemClock
from delay.dead_letters.queue import DeadLetterQueue
from delay.dead_letters.redriving import DeadLetters
from delay.errors import NoSuchQueue, NotRedrivable
from delay.executions.bulk import BulkScheduler, StoppableClock
from delay.executions.changing import Changes
from delay.executions.generation import checked_key
from delay.executions.generations import Generations
from delay.executions.listing import Listing
from delay.executions.rate_limit import CallRate, CallRates, RateLimiter, call_rates
from delay.executions.scheduling import Scheduler
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn
from delay.request import Request, Result
from delay.task import Status, Task

PATIENCE: Final = timedelta(seconds=90)
"""How long a throttled call is tried again, beyond what the boto3 client does by itself."""

BULK_PATIENCE: Final = timedelta(minutes=10)
"""The same where many tasks are scheduled: others may use up the quota for a while."""


class Delay:
    """Delayed tasks on a state machine: schedule, find, change and wait for them.

    `state_machine_arn` is what template.yaml puts out; `sfn` a boto3 client for Step Functions, which is made
    when it is first needed if it is left out. Nothing is sent before an operation is called. Threads may
    share one object. `clock` and `patience` are for tests, and for those who would rather fail soon; `rates`
    is for accounts with other quotas than the Region's default ones.

    `dead_letter_queue_url` is where failed tasks are found, which `from_stack` knows.

    Operations on one task take its key, or a Task. All that is raised is a DelayError: delay.errors draws
    them. Whatever asks AWS may raise a ServiceError, or NoSuchStateMachine.

    Raises:
        InvalidStateMachine: the text is not the ARN of a state machine.

    """

    def __init__(
        self,
        state_machine_arn: str,
        sfn: StepFunctionsClient | None = None,
        *,
        clock: Clock | None = None,
        patience: timedelta = PATIENCE,
        rates: CallRates | None = None,
        dead_letter_queue_url: str | None = None,
    ) -> None:
        self._machine = StateMachineArn.of_arn(state_machine_arn)
        self._sfn = sfn
        self._clock = clock or SystemClock()
        self._patience = patience
        self._rates = rates or call_rates(self._machine.region)
        self._dead_letter_queue_url = dead_letter_queue_url

    @classmethod
    def from_stack(
        cls,
        stack_name: str,
        *,
        cloudformation: CloudFormationClient | None = None,
        sfn: StepFunctionsClient | None = None,
        clock: Clock | None = None,
        patience: timedelta = PATIENCE,
        rates: CallRates | None = None,
    ) -> Self:
        """Find state machine and queue by a deployed stack's outputs. Takes cloudformation:DescribeStacks.

        Raises:
            NoSuchStack: there is no such stack, or it has no output DelayStateMachineArn.

        """
        stack = find_stack(stack_name, cloudformation or connect_cloudformation())
        return cls(
            stack.state_machine_arn,
            sfn,
            clock=clock,
            patience=patience,
            rates=rates,
            dead_letter_queue_url=stack.dead_letter_queue_url,
        )

    @property
    def state_machine_arn(self) -> str:
        """The ARN that was given."""
        return self._machine.arn

    @property
    def clock(self) -> Clock:
        """The clock that due times are computed by."""
        return self._clock

    def schedule(
        self,
        payload: Mapping[str, Any],
        *,
        after: timedelta | None = None,
        at: datetime | None = None,
        key: str | None = None,
        allow_past: bool = False,
    ) -> Task:
        """Have the function called with a payload, `after` a delay from now or `at` a point in time.

        The payload is a JSON object without a member `expirydate`. A time is kept to the second and never
        early: a fraction is rounded up. Without a key a UUID is generated. With one a request can be
        repeated: the same payload for the same time, or after the same delay while the task is open, gives
        the task that is there. `at` must be ahead unless `allow_past`; then one that passed means at once.

        Raises:
            InvalidRequest: the payload, the time or the key cannot be used. Nothing was sent.
            DuplicateKey: another task has the key; KeyUsedUp if it has ended. The message says what differs.
            OverQuota: 1,000,000 executions are open, or as many as the account may have.

        """
        return self._scheduler.send(self._scheduler.prepared(Request(payload, after, at, key, allow_past)))

    def schedule_many(
        self,
        requests: Iterable[Request],
        *,
        rate: CallRate | None = None,
        concurrency: int | None = None,
        patience: timedelta | None = None,
    ) -> Iterator[Result]:
        """Schedule any number of tasks, and yield a result for each as it comes in: a task, or its error.

        Requests are taken as results are fetched, so memory stays flat and a slow reader slows the sending.
        Where the requests themselves end in an error, it is raised after the results of those before it. Who
        stops fetching early does not learn what became of the last few: give keys, and schedule again.

        `rate` is StartExecution's quota in the Region unless given. `concurrency` is how many are sent at a
        time: as many as the boto3 client keeps connections. `patience` is how long a throttled task is tried
        again: ten minutes. Nothing is sent before the first result is fetched.
        """
        clock = StoppableClock(self._clock)
        patience = BULK_PATIENCE if patience is None else patience
        service = StepFunctions(self._client, self._machine, clock, patience)
        scheduler = Scheduler(service, Generations(service, clock), clock)
        limiter = RateLimiter(rate or self._rates.start, clock)
        threads = _connections(self._client) if concurrency is None else concurrency
        return BulkScheduler(scheduler, limiter, clock, threads).results(requests)

    def get(self, key: str | Task) -> Task:
        """Look a task up. Takes two calls of DescribeExecution, and some more for one that was rescheduled.

        Raises:
            NoSuchTask: no task has the key, or it ended over 90 days ago.

        """
        return self._generations.current(_key_of(key)).task(self._clock.now())

    def list(self, status: Status | None = None, prefix: str = "", *, due: bool = False) -> Listing:
        """List tasks, the latest first; `prefix` is that of their keys.

        Those that are open stand by their start, the others by their end. (Source: ListExecutions.)

        The listing is iterated over, and asks Step Functions for a thousand at a time as it goes. That is
        cheap, but tells neither due times nor payloads, and only OPEN and STOPPED for WAITING, RUNNING and
        CANCELLED. With `due`, or where one of these three is asked for, each task takes a DescribeExecution
        of its own, 10 to 15 a second: `list(...).estimate()` says beforehand how many there are and how
        long that takes. A task that was started a moment ago may be missing.
        """
        return Listing(self._service, self._clock, self._rates, status=status, prefix=prefix, due=due)

    def cancel(self, key: str | Task) -> Task:
        """Stop a task before its function is called. One that is cancelled already stays so.

        Raises:
            NoSuchTask: no task has the key.
            TooLate: its function has been called, or it has ended. Its history says so.
            Contended: others kept changing the task.

        """
        return self._changes.cancel(_key_of(key))

    def reschedule(
        self, key: str | Task, *, after: timedelta | None = None, at: datetime | None = None
    ) -> Task:
        """Move a waiting task to another due time, with the payload that it has.

        The task goes on as the next generation of its key: another execution, by another ARN. Step Functions
        remembers a key for 90 days after the first one was stopped, so the due time must lie within
        89 days of the key's first reschedule.

        Raises:
            InvalidDueTime: the time cannot be used, or lies too far ahead.
            NoSuchTask: no task has the key.
            TooLate: the task is due, its function has been called, or it has ended.
            Contended: others kept changing the task.

        """
        return self._changes.reschedule(_key_of(key), after=after, at=at)

    def wait(
        self,
        key: str | Task,
        timeout: timedelta | None = None,
        *,
        watch: Callable[[Task], object] | None = None,
    ) -> Task:
        """Return a task once it has ended, however that was.

        Sleeps while the task waits, a tenth of the time left and at most an hour, since it may be moved or
        cancelled meanwhile. Once it is due, asks after a quarter of a second at first, after ten at last.
        `watch` is shown the task each time.

        Raises:
            StillOpen: it has not ended within the timeout.
            NoSuchTask: no task has the key.

        """
        return wait_for_end(lambda: self.get(key), self._clock, timeout, watch)

    def redrive(self, key: str | Task) -> Task:
        """Let a task that failed or timed out go on from where it failed: its function is called again.

        Raises:
            NotRedrivable: it has not failed, or that was over 14 days ago.
            NoSuchTask: no task has the key.

        """
        current = self._generations.current(_key_of(key))
        task = current.task(self._clock.now())
        if task.status not in {Status.FAILED, Status.TIMED_OUT}:
            raise NotRedrivable(
                f"The task {task.key!r} is {task.status}: only one that failed can be redriven."
            )
        self._service.redrive(current.execution.generation)
        return self.get(key)

    def dead_letters(self, queue_url: str | None = None, sqs: SqsClient | None = None) -> DeadLetters:
        """Return the failed tasks that lie in a queue: to look at, or to redrive.

        Without `queue_url` that is the queue that the client was made with. `sqs` is a boto3 client for SQS,
        which is made if it is left out. Nothing is asked before the first result is fetched.

        Raises:
            NoSuchQueue: none is named.

        """
        url = queue_url or self._dead_letter_queue_url
        if url is None:
            raise NoSuchQueue(
                "Say which dead-letter queue, by its URL: only a stack that is found by its name tells it."
            )
        queue = DeadLetterQueue(url, sqs or connect_sqs(self._machine.region))
        return DeadLetters(queue, self._service, self._machine)

    def history(self, key: str | Task) -> Sequence[Mapping[str, Any]]:
        """Return all that has happened to a task so far, as GetExecutionHistory tells it.

        Raises:
            NoSuchTask: no task has the key.

        """
        current = self._generations.current(_key_of(key))
        return list(self._service.history(current.execution.generation, with_payloads=True))

    @cached_property
    def _service(self) -> StepFunctions:
        return StepFunctions(self._client, self._machine, self._clock, self._patience)

    @cached_property
    def _generations(self) -> Generations:
        return Generations(self._service, self._clock)

    @cached_property
    def _changes(self) -> Changes:
        return Changes(self._service, self._generations, self._scheduler, self._clock)

    @cached_property
    def _client(self) -> StepFunctionsClient:
        return self._sfn or connect(self._machine.region)

    @cached_property
    def _scheduler(self) -> Scheduler:
        return Scheduler(self._service, self._generations, self._clock)


def _connections(sfn: StepFunctionsClient) -> int:
    return int(sfn.meta.config.max_pool_connections)


def _key_of(key: str | Task) -> str:
    return key.key if isinstance(key, Task) else checked_key(key)
