"""Tasks that wait as Step Functions executions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from delay.aws.connection import SqsClient, StepFunctionsClient, connect, connect_sqs
from delay.aws.corrected_clock import CorrectedClock
from delay.aws.per_process import PerProcess
from delay.clock import Clock, SystemClock, find_clock
from delay.dead_letters.queue import DeadLetterQueue
from delay.dead_letters.redriving import DeadLetters
from delay.errors import InvalidRequest
from delay.executions.attempts import count_attempts
from delay.executions.bulk import BulkChanges, BulkScheduler
from delay.executions.call_rates import CallRates, call_rates
from delay.executions.counting import Counting
from delay.executions.fresh_input import rebuild_input_on_retry
from delay.executions.generation import Generation, validate_key
from delay.executions.letter import ExecutionLetter, LetterRun
from delay.executions.listing import ExecutionListing
from delay.executions.parts import Parts
from delay.executions.redrivable import find_redrivable
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn
from delay.executions.waiting_index import WaitingIndex, find_index
from delay.listing import Listing, Watcher
from delay.many.rate_limit import CallRate, RateLimiter
from delay.many.selection import ListTasks, Selection, find_open
from delay.many.stoppable_clock import StoppableClock
from delay.many.window import DueWindow
from delay.request import Change, Request, Result
from delay.store import Store
from delay.task import Counts, ScheduledTask, Status, Task


class ExecutionStore(Store):
    """The tasks of a state machine, each an execution.

    `sfn` is a boto3 client; by default one is created when it is first needed. `clock` is by default that of
    `sfn` if it has one. `rates` are by default those of the ARN's Region.

    Raises:
        InvalidStateMachine: `arn` is not the ARN of a state machine.

    """

    def __init__(
        self,
        arn: str,
        sfn: StepFunctionsClient | None,
        *,
        clock: Clock | None,
        patience: timedelta,
        rates: CallRates | None,
    ) -> None:
        self._machine = StateMachineArn.of_arn(arn)
        self._sfn = sfn
        self._clock = CorrectedClock(clock or find_clock(sfn) or SystemClock())
        self._rates = rates or call_rates(self._machine.region)
        self._client = PerProcess(self._open_client)
        self._service = StepFunctions(self._client, self._machine, self._clock, patience)
        self._parts = Parts(self._service, self._clock)

    @property
    def arn(self) -> str:
        """The state machine's ARN, perhaps with a version or an alias."""
        return self._machine.arn

    @property
    def sfn(self) -> StepFunctionsClient:
        """The boto3 client of this process."""
        return self._client()

    @property
    def clock(self) -> Clock:
        """The given clock, corrected if Step Functions' differs."""
        return self._clock

    def check_clock(self) -> None:
        """Compare the clock with Step Functions', unless that was done within the last hour."""
        self._service.check_clock()

    def require_key(self, key: str) -> str:
        """Return the key if it can be the name of an execution, and not of a later generation."""
        return validate_key(key)

    def schedule(self, request: Request) -> ScheduledTask:
        """Start an execution."""
        return self._parts.changes.send(self._parts.scheduler.prepare(request))

    def schedule_many(
        self,
        requests: Iterable[Request],
        *,
        rate: CallRate | None,
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Result]:
        """Start executions in threads, by default at StartExecution's rate."""
        stoppable = StoppableClock(self._clock.uncorrected)
        clock = self._clock.with_clock(stoppable)
        parts = Parts(StepFunctions(self._client, self._machine, clock, patience), clock)
        limiter = RateLimiter(rate or self._rates.start, clock)
        threads = self._choose_concurrency(concurrency)
        return BulkScheduler(parts, limiter, stoppable, threads).schedule(requests)

    def get(self, key: str, *, attempts: bool = False) -> Task:
        """Return the task of a key's live generation."""
        live = self._parts.generations.find_live(key)
        task = live.to_task(self._clock.now())
        return self._add_attempts(task, live.execution.generation) if attempts else task

    def list(self, *, status: Status | None, prefix: str, due: bool, window: DueWindow | None) -> Listing:
        """Return the executions of the state machine as tasks."""
        return ExecutionListing(
            self._service,
            self._clock,
            self._rates,
            status=status,
            prefix=prefix,
            due=due,
            window=window,
            index=self._find_index(),
        )

    def count(self, *, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
        """Count the executions of the state machine as tasks."""
        counting = Counting(self._service, self._clock, self._rates, self._find_index())
        return counting.count(status, prefix, watch)

    def cancel(self, key: str) -> Task:
        """Stop the live generation of a key before it is called."""
        return self._parts.changes.cancel(key)

    def cancel_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """Cancel the selected tasks in threads."""
        return self._open_bulk(self._machine, concurrency, patience).cancel(selection.using(find_open))

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Continue a task as the next generation of its key."""
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
        """Continue the selected tasks as next generations, in threads, perhaps on another version."""
        machine = self._machine if to_version is None else self._machine.with_qualifier(to_version)
        bulk = self._open_bulk(machine, concurrency, patience)
        select = selection.using(find_open)
        if after is None and at is None:
            return bulk.move(select)
        return bulk.reschedule(select, after=after, at=at)

    def redrive(self, key: str) -> Task:
        """Resume the live generation of a key where it failed."""
        return self._parts.changes.redrive(key)

    def redrive_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """Redrive the selected tasks in threads."""
        now = self._clock.now()
        select = selection.using(lambda list_tasks: find_redrivable(list_tasks, now))
        return self._open_bulk(self._machine, concurrency, patience).redrive(select)

    def find_redrivable(self, list_tasks: ListTasks) -> Collection[str]:
        """Return the keys of the failed tasks that Step Functions still redrives."""
        return find_redrivable(list_tasks, self._clock.now())

    def history(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of a key's live generation, in the form of GetExecutionHistory."""
        live = self._parts.generations.find_live(key)
        return list(self._service.read_history(live.execution.generation, with_payloads=True))

    def check_rewind(self, point: datetime) -> None:
        """Refuse: there are no backups of executions."""
        self.rewind(point)

    def rewind(self, point: datetime) -> None:  # noqa: ARG002 - refused
        """Refuse: there are no backups of executions."""
        raise InvalidRequest("Executions have no backups: only a table can be restored (--store table).")

    def dead_letters(self, queue_url: str, sqs: SqsClient | None) -> DeadLetters:
        """Return the failed executions in a dead-letter queue."""
        connect_queue = PerProcess(lambda: sqs or connect_sqs(self._machine.region))
        queue = DeadLetterQueue(queue_url, connect_queue, ExecutionLetter.of)
        return DeadLetters(queue, lambda: LetterRun(self._service, self._machine).redrive)

    def _add_attempts(self, task: Task, generation: Generation) -> Task:
        if task.status is Status.WAITING:
            return replace(task, attempts=0)
        found = count_attempts(self._service.read_history(generation, with_payloads=True))
        if not task.status.is_open:
            return replace(task, attempts=found.number)
        return replace(task, attempts=found.number, error=found.error, cause=found.cause)

    def _find_index(self) -> WaitingIndex | None:
        return find_index(self.sfn, self._machine)

    def _open_bulk(
        self, machine: StateMachineArn, concurrency: int | None, patience: timedelta
    ) -> BulkChanges:
        threads = self._choose_concurrency(concurrency)
        return BulkChanges(self._client, machine, self._clock, patience, self._rates, concurrency=threads)

    def _choose_concurrency(self, concurrency: int | None) -> int:
        """Return the number of calls in flight, by default that of the client's connections."""
        return int(self.sfn.meta.config.max_pool_connections) if concurrency is None else concurrency

    def _open_client(self) -> StepFunctionsClient:
        sfn = self._sfn or connect(self._machine.region)
        rebuild_input_on_retry(sfn)
        return sfn
