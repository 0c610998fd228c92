"""Starts executions, wakes them when they are due, makes their calls, and writes down what happens.

A waiting execution is rows in the store and an entry among the timers: only a Task in flight has a coroutine.
What happens goes to the journal as it happens, and nobody outside is told before it is on disk: no request is
acknowledged and no function called.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Self
from uuid import uuid4

from stepfunctions_local.engine.arn import Arns, execution_of
from stepfunctions_local.engine.calls import DEFECT, AfterCommit, Calls
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.clock import Clock, SystemClock
from stepfunctions_local.engine.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    ExecutionNotRedrivable,
    TaskDoesNotExist,
    TaskTimedOut,
)
from stepfunctions_local.engine.execution.branch import execution_id_of, root_of
from stepfunctions_local.engine.execution.call import CallOutcome, PlannedCall, TaskRunner
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.execution import Execution, Position
from stepfunctions_local.engine.execution.history import MAX_EVENTS, Event
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.redrive import TOKEN_LIFE, again, obstacle
from stepfunctions_local.engine.execution.state import ExecutionState
from stepfunctions_local.engine.execution.task_token import TaskTokens
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.jobs import Jobs
from stepfunctions_local.engine.machines.state_machine import MachineStatus
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.publishing import Aliases, Versions
from stepfunctions_local.engine.records.change import ExecutionMoved, ExecutionRedriven, ExecutionsExpired
from stepfunctions_local.engine.records.listing import BEFORE_ALL, Place, Wanted
from stepfunctions_local.engine.records.records import Records
from stepfunctions_local.engine.records.unflushed import Unflushed
from stepfunctions_local.engine.timers import Timers
from stepfunctions_local.language import Failure, InvalidDefinition

_LOG = logging.getLogger(__name__)

_LONGEST_SLEEP_SECONDS = 1.0
"""After so long the loop looks at the wall clock again: somebody may have set it."""

_POLL_SECONDS = 1.0
"""How often those are asked who run jobs elsewhere."""

_EXPIRY_SECONDS = 3600.0
_EXPIRY_PAUSE_SECONDS = 1.0
_EXPIRED_AT_ONCE = 500
"""Hourly, and so many a second while there are more, that nobody has to wait for it."""

_WOKEN_AT_ONCE = 50
WAKING_SECONDS = 0.1
"""So many due executions go on, or for so long, before requests are looked at again."""

_PAUSE_SECONDS = 0.02
"""After so long they are looked at for a while: a request takes several turns of the loop."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an engine is told at its start.

    `wait_time_scale` multiplies what Wait states wait. `retention` is how long executions are kept after
    their end: 90 days on AWS (source: "Step Functions service quotas"). `max_calls` bounds the calls in
    flight at a time; further ones wait for their turn.
    """

    arns: Arns = field(default_factory=Arns)
    wait_time_scale: float = 1.0
    retention: timedelta = timedelta(days=90)
    max_calls: int = 100


class Engine:
    """Runs executions. Use it as an async context manager: timers run inside."""

    def __init__(
        self,
        tasks: TaskRunner,
        records: Records,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.arns = self.settings.arns
        self.clock = clock or SystemClock()
        self._store = records.store
        self._journal = records.journal
        self._unflushed = Unflushed(self._store.state)
        self._random = random or Random()  # noqa: S311 - jitter and UUIDs, not secrets
        self.catalog = Catalog(records, self.arns)
        self.versions = Versions(self.catalog, self._journal)
        self.aliases = Aliases(self.catalog, self._journal)
        self._execution_ids = itertools.count(self._store.last_ids()[2] + 1)
        self._timers = Timers()
        self._changed = asyncio.Event()
        self._tasks = tasks
        self._tokens = TaskTokens(self._store.token_key())
        self._calls = Calls(self.settings.max_calls, self._come_back)
        self._jobs = Jobs()
        self._planned_calls = 0
        self.woken = 0
        """How often an execution has gone on because it was due."""
        self._loops: list[asyncio.Task[None]] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        """Take up where the records end, and begin to wake what is due."""
        self._recover()
        loops = [self._run(), self._expire()]
        if not self._tasks.jobs_run_here:
            loops.append(self._poll_jobs_regularly())
        self._loops = [asyncio.create_task(loop) for loop in loops]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop waking, and drop the calls in flight: the records say that they were."""
        self._closed = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._calls.close()

    async def start(
        self, target: Target, name: str | None, input_text: str, trace_header: str | None = None
    ) -> Execution:
        """Start an execution, or find the one that the same call started before.

        It is the same call if name and input are the same, whatever version or alias it names. Source:
        StartExecution in the API Reference, on idempotency.

        Raises:
            ExecutionAlreadyExists: the name is taken by other input, or by an execution that has ended.
            StateMachineDeleting: the state machine is on its way out.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        machine = target.machine
        self.catalog.require_active(machine)
        if name and (existing := self._named(machine.id, name)):
            return await self._same(existing, input_text)
        version = target.choose_version(self._random)
        execution = Execution(
            id=next(self._execution_ids),
            name=name or str(uuid4()),
            state_machine_id=machine.id,
            revision_id=version.revision if version else machine.revision.id,
            started=self.clock.now(),
            input=input_text,
            trace_header=trace_header,
            version=version.number if version else None,
            alias=target.alias.name if target.alias else None,
        )
        self.catalog.execution_began(machine.id)
        turn = self._take_turn(self._interpreter(execution, self._store.state, None), Interpreter.begin)
        await self._submit(ExecutionMoved(execution, turn, is_new=True))
        return execution

    async def stop(self, arn: str, error: str | None, cause: str | None) -> datetime:
        """End an execution at once and return when it ended (UTC); one that has ended stays as it is.

        A call in flight is no longer waited for: the function that was called runs on, as on AWS.

        Raises:
            ExecutionDoesNotExist: there is none with this ARN.
            InvalidArn: it is not the ARN of an execution.
            JournalUnwritable: the end cannot be written down.

        """
        self._journal.require_writable()
        execution_id = self.find(arn).id
        execution, state = self._find(execution_id)
        position = state.position(root_of(execution_id))
        if execution is None or execution.stopped or position is None:
            return await self._end_of(arn)
        turn = self._interpreter(execution, state, position).abort(Failure(error, cause))
        await self._submit(ExecutionMoved(execution, turn))
        return turn.end.at if turn.end else self.clock.now()

    async def call_back(self, token: str, step: Callable[[Interpreter], Turn]) -> None:
        """Let the Task take a step that waits for a token.

        Raises:
            InvalidToken: it is none of this engine's.
            TaskDoesNotExist: its execution is not kept any longer.
            TaskTimedOut: nobody waits for it any more.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        attempt = self._tokens.attempt(token)
        execution, state = self._find(execution_id_of(attempt.branch_id))
        if execution is None:
            raise TaskDoesNotExist
        position = state.position(attempt.branch_id)
        if execution.stopped or position is None or not attempt.is_under_way(position, execution):
            raise TaskTimedOut
        turn = self._take_turn(self._interpreter(execution, state, position), step)
        await self._submit(ExecutionMoved(execution, turn))

    async def redrive(self, arn: str, token: str | None = None) -> datetime:
        """Let an execution go on from where it ended without success, and return when it did so (UTC).

        A request with a token that has served before changes nothing and is answered as it was then.

        Raises:
            ExecutionDoesNotExist: there is none with this ARN.
            ExecutionNotRedrivable: it runs, has succeeded, or is too old or too long.
            InvalidArn: it is not the ARN of an execution.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        await self._all_written(self.find(arn).id)
        execution, now = self.find(arn), self.clock.now()
        if token and (earlier := self._store.redriven(execution.id, token, now - TOKEN_LIFE)):
            return earlier
        if reason := self.not_redrivable(execution):
            raise ExecutionNotRedrivable(arn, reason)
        redriven, halted = again(execution, now), self._store.halted
        interpreter = self._interpreter(redriven, halted, halted.position(root_of(execution.id)))
        turn = self._take_turn(interpreter, Interpreter.redrive)
        self.catalog.execution_began(execution.state_machine_id)
        self._journal.submit(ExecutionRedriven(redriven, token))
        await self._submit(ExecutionMoved(redriven, turn))
        return now

    def not_redrivable(self, execution: Execution) -> str | None:
        """Return why an execution cannot be redriven now; nothing where it can."""
        machine = self.catalog.numbered(execution.state_machine_id)
        deleting = machine.status is MachineStatus.DELETING
        halted = self._store.halted.position(root_of(execution.id))
        return obstacle(execution, halted, self.clock.now(), deleting=deleting)

    def find(self, arn: str) -> Execution:
        """Return an execution.

        Raises:
            ExecutionDoesNotExist: there is none with this ARN.
            InvalidArn: it is not the ARN of an execution.

        """
        parts = execution_of(arn)
        machine = self.catalog.named(parts.state_machine_name)
        execution = machine and self._store.execution_named(machine.id, parts.name)
        if not execution or arn != self.arn(execution):
            raise ExecutionDoesNotExist(arn)
        return execution

    def arn(self, execution: Execution) -> str:
        """Return an execution's ARN."""
        machine = self.catalog.numbered(execution.state_machine_id)
        return self.arns.execution(machine.name, execution.name)

    def executions(self, wanted: Wanted, limit: int, after: Place = BEFORE_ALL) -> list[Execution]:
        """Return the wanted executions that come after a place, the latest first."""
        return self._store.executions(wanted, limit, after)

    def events(self, execution: Execution, start: int | None, *, backwards: bool) -> Iterator[list[Event]]:
        """Yield an execution's history from event `start` on, or back from it, some events at a time."""
        if backwards:
            return self._store.events_backwards(execution.id, start or MAX_EVENTS)
        return self._store.events(execution.id, start or 1)

    def wake_due(self, at_most: int = _WOKEN_AT_ONCE) -> int:
        """Let what is due go on, in order of due time, and count it."""
        before, until = self.woken, time.monotonic() + WAKING_SECONDS
        for branch_id in itertools.islice(self._timers.pop_due(self.clock.now()), at_most):
            self.woken += 1
            self._move(branch_id, Interpreter.wake)
            if time.monotonic() > until:
                break
        return self.woken - before

    def next_due(self) -> datetime | None:
        """Return when (UTC) the next execution is due; nothing where none waits."""
        return self._timers.next_due()

    def look_again(self) -> None:
        """Look at once at what is due: the clock was moved."""
        self._changed.set()

    def poll_jobs(self) -> None:
        """Ask what became of all jobs that are waited for."""
        for branch_id in self._jobs.waiting():
            if not self._calls.is_calling(branch_id):
                self._poll_job(branch_id)

    @property
    def is_calling(self) -> bool:
        """Whether a call is in flight, or will be once it is written down that it is."""
        return self._planned_calls > 0 or self._calls.in_flight

    async def calls_returned(self) -> None:
        """Wait until the calls that are in flight have come back and their executions have gone on."""
        await self._calls.returned()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            began = time.monotonic()
            self.wake_due()
            if time.monotonic() - began > WAKING_SECONDS:
                await asyncio.sleep(_PAUSE_SECONDS)
            await self._sleep()

    async def _expire(self) -> None:
        while True:
            ids = self._store.expired(self.clock.now() - self.settings.retention, _EXPIRED_AT_ONCE)
            if ids:
                self._journal.submit(ExecutionsExpired(ids))
            await asyncio.sleep(_EXPIRY_PAUSE_SECONDS if len(ids) == _EXPIRED_AT_ONCE else _EXPIRY_SECONDS)

    async def _poll_jobs_regularly(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            self.poll_jobs()

    async def _sleep(self) -> None:
        due = self._timers.next_due()
        seconds = _LONGEST_SLEEP_SECONDS
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self.clock.now()).total_seconds()))
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def _recover(self) -> None:
        self._timers.load(self._store.due())
        for branch_id in self._store.calling():
            self._call_again(branch_id)
        self._jobs.load(self._store.waiting_for_jobs())
        # One may have ended, and nobody took note.
        self.poll_jobs()

    def _call_again(self, branch_id: int) -> None:
        """Repeat a call that was in flight when the last process ended: at least once, as on AWS."""
        if resumed := self._resumed(branch_id):
            execution, interpreter = resumed
            repeated = interpreter.repeat()
            if isinstance(repeated, Turn):
                self._submit(ExecutionMoved(execution, repeated))
            else:
                self._call(branch_id, repeated)

    def _move(self, branch_id: int, step: Callable[[Interpreter], Turn]) -> None:
        if resumed := self._resumed(branch_id):
            execution, interpreter = resumed
            self._submit(ExecutionMoved(execution, self._take_turn(interpreter, step)))

    def _resumed(self, branch_id: int) -> tuple[Execution, Interpreter] | None:
        """Return the execution of a branch that stands somewhere, and what moves it on from there."""
        execution, state = self._find(execution_id_of(branch_id))
        position = state.position(branch_id)
        if execution is None or execution.stopped or position is None:
            return None
        try:
            return execution, self._interpreter(execution, state, position)
        except InvalidDefinition:
            # An older version accepted the definition that it began with. The others must go on.
            _LOG.exception("Execution %s cannot go on and stays where it is.", execution.name)
            return None

    def _find(self, execution_id: int) -> tuple[Execution | None, ExecutionState]:
        """Return an execution and how it stands, ahead of the records where it is."""
        if pending := self._unflushed.find(execution_id):
            return pending.execution, pending.state
        execution = self._unflushed.recent(execution_id) or self._store.execution(execution_id)
        return execution, self._store.state

    def _take_turn(self, interpreter: Interpreter, step: Callable[[Interpreter], Turn]) -> Turn:
        try:
            return step(interpreter)
        except Exception:  # noqa: BLE001 - a defect must not take other executions down
            _LOG.exception("An execution met a defect of this endpoint and fails.")
            return interpreter.break_off(DEFECT)

    def _submit(self, change: ExecutionMoved) -> asyncio.Future[None]:
        """Hand what happened to the journal, and see to what follows from it at once."""
        turn, pending = change.turn, self._unflushed.hold(change)
        for branch_id, position in turn.changes.positions.items():
            self._leave(branch_id)
            if position and not turn.end:
                self._schedule(position)
        after_commit = self._after_commit(change)
        self._planned_calls += len(after_commit)
        pending.written = self._journal.submit(change, partial(self._written, change, after_commit))
        if turn.end:
            for branch_id in turn.end.branches:
                self._leave(branch_id)
            self.catalog.execution_ended(change.execution.state_machine_id)
        return pending.written

    def _leave(self, branch_id: int) -> None:
        self._timers.cancel(branch_id)
        self._calls.drop(branch_id)
        self._jobs.left(branch_id)

    def _after_commit(self, change: ExecutionMoved) -> AfterCommit:
        """Say what to ask once a change is on disk; of a job that has begun, whether it still runs."""
        turn, polls = change.turn, []
        if turn.end and self._jobs:
            polls = self._jobs.waiting_for(self.arn(change.execution))
        elif not turn.end:
            polls = [branch_id for branch_id in turn.changes.positions if branch_id in self._jobs]
        return AfterCommit(turn.calls, polls, turn.abandoned)

    def _schedule(self, position: Position) -> None:
        self._jobs.moved(position)
        self._timers.set(position.branch.id, position.due)
        if self._timers.next_due() == position.due:
            self._changed.set()

    def _written(self, change: ExecutionMoved, after_commit: AfterCommit) -> None:
        """See to what may follow only now that the change is on disk: the calls that it planned."""
        self._unflushed.release(change)
        self._planned_calls -= len(after_commit)
        if self._closed:
            return
        for branch_id, call in after_commit.calls.items():
            if self._stands(change.turn.changes.positions[branch_id]):
                self._call(branch_id, call)
        for branch_id in after_commit.polls:
            self._poll_job(branch_id)
        for job in after_commit.stops:
            self._calls.send(partial(self._tasks.stop, job))

    def _call(self, branch_id: int, planned: PlannedCall) -> None:
        self._calls.start(branch_id, partial(self._tasks.run, planned.call, planned.caller))

    def _poll_job(self, branch_id: int) -> None:
        """Ask what became of the job that a branch waits for; what was asked before may be told too late."""
        resumed = self._resumed(branch_id)
        if resumed and (question := resumed[1].job):
            self._calls.drop(branch_id)
            self._calls.start(branch_id, partial(self._tasks.poll, *question))

    def _stands(self, position: Position | None) -> bool:
        """Whether a branch is where it was when the change was taken that is now on disk."""
        pending = position and self._unflushed.find(position.branch.execution_id)
        if not position or not pending:
            return position is not None
        return pending.execution.stopped is None and pending.state.position(position.branch.id) == position

    def _come_back(self, branch_id: int, outcome: CallOutcome) -> None:
        """Let a branch go on with what its call came back with."""
        self._move(branch_id, lambda interpreter: interpreter.return_call(outcome))

    def _interpreter(
        self, execution: Execution, state: ExecutionState, position: Position | None
    ) -> Interpreter:
        machine = self.catalog.numbered(execution.state_machine_id)
        context = ExecutionContext(
            definition=self.catalog.definition(execution.revision_id),
            execution_arn=self.arn(execution),
            state_machine_arn=self.catalog.arn(machine),
            role_arn=self.catalog.revision(execution.revision_id).setup.role_arn,
            region=self.arns.region,
            # An execution begins at the very moment that it is said to have started.
            now=self.clock.now() if position else execution.started,
            random=self._random,
            tokens=self._tokens,
            deleting=machine.status is MachineStatus.DELETING,
            wait_time_scale=self.settings.wait_time_scale,
        )
        return Interpreter(execution, context, state, position)

    def _named(self, machine_id: int, name: str) -> Execution | None:
        pending = self._unflushed.named(machine_id, name)
        return pending.execution if pending else self._store.execution_named(machine_id, name)

    async def _same(self, existing: Execution, input_text: str) -> Execution:
        if existing.stopped or existing.input != input_text:
            raise ExecutionAlreadyExists(self.arn(existing))
        await self._all_written(existing.id)
        return existing

    async def _end_of(self, arn: str) -> datetime:
        await self._all_written(self.find(arn).id)
        return self.find(arn).stopped or self.clock.now()

    async def _all_written(self, execution_id: int) -> None:
        while (pending := self._unflushed.find(execution_id)) and pending.written:
            await pending.written
