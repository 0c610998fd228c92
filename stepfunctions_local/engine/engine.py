"""The engine: state machines and executions, as the Step Functions API sees them.

The interpreter decides on the steps of an execution, and the dispatcher carries them out.
"""

import asyncio
import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final, Self

from stepfunctions_local.account import Account
from stepfunctions_local.engine.activities import Activities
from stepfunctions_local.engine.arn import Arns, execution_of, map_run_of
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.clock import Clock, HighWaterMark, SystemClock
from stepfunctions_local.engine.dispatcher import LARGE, Assigned, Dispatcher, Shared
from stepfunctions_local.engine.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    ExecutionNotRedrivable,
    ResourceNotFound,
    StateMachineTypeNotSupported,
    TaskDoesNotExist,
    TaskTimedOut,
)
from stepfunctions_local.engine.execution.branch import execution_id_of, root_of
from stepfunctions_local.engine.execution.call import TaskRunner
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.history import MAX_EVENTS, Event
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.mock import load_mocks
from stepfunctions_local.engine.execution.redrive import TOKEN_LIFE
from stepfunctions_local.engine.execution.task_token import TaskTokens
from stepfunctions_local.engine.expiry import Expiry
from stepfunctions_local.engine.express import ExpressExecutions
from stepfunctions_local.engine.interpreters import Interpreters, Step, take_turn
from stepfunctions_local.engine.loops import Loops
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.map_runs import MapRuns
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.new_execution import build_execution
from stepfunctions_local.engine.offers import IsConnected, Offers
from stepfunctions_local.engine.publishing import Aliases, Versions
from stepfunctions_local.engine.records.change import ExecutionMoved
from stepfunctions_local.engine.records.listing import (
    BEFORE_ALL,
    ChildCount,
    Count,
    DueWindow,
    Named,
    Place,
    Wanted,
)
from stepfunctions_local.engine.records.records import Records
from stepfunctions_local.engine.redriving import Redriving
from stepfunctions_local.engine.removal import Removal
from stepfunctions_local.engine.runs import Runs
from stepfunctions_local.language import Failure
from stepfunctions_local.language.states.task import Task
from stepfunctions_local.slots import FairSlots

_LOG = logging.getLogger(__name__)

RETENTION: Final = timedelta(days=90)
"""How long AWS keeps executions after their end. Source: "Step Functions service quotas"."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an engine.

    `wait_time_scale` multiplies the length of every wait.
    `retention` is how long executions are kept after their end.
    `function_concurrency` bounds the calls in flight to each function, and to each other service.
    `max_calls` bounds the calls in flight to all of them. Further calls wait their turn.
    `max_workers` bounds the workers that wait for Tasks of activities, for `poll_seconds` each.
    """

    account: Account = field(default_factory=Account)
    wait_time_scale: float = 1.0
    retention: timedelta = RETENTION
    function_concurrency: int = 10
    max_calls: int = 500
    max_workers: int = 500
    poll_seconds: float = 60


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
        mocks: MockConfig | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.tasks = tasks
        self.arns = Arns(self.settings.account)
        self.clock = clock or SystemClock()
        self._store = records.store
        self._journal = records.journal
        self._mock_config = mocks or MockConfig()
        self._random = random or Random()  # noqa: S311 - jitter and UUIDs, not secrets
        self.catalog = Catalog(records, self.arns)
        self.activities = Activities(records, self.arns)
        self.versions = Versions(self.catalog, self._journal)
        self.aliases = Aliases(self.catalog, self._journal)
        self._execution_ids = itertools.count(self._store.last_ids()[2] + 1)
        self._tokens = TaskTokens(self._store.token_key())
        scale = self.settings.wait_time_scale
        slots = FairSlots(self.settings.function_concurrency, self.settings.max_calls)
        self._interpreters = Interpreters(
            self.catalog,
            self.arns,
            self.clock,
            self._random,
            self._tokens,
            scale,
            HighWaterMark(self._store.latest_event()),
            slots.is_free,
            self.activities.has,
            Runs(self._store),
        )
        shared = Shared(self._interpreters, tasks, slots, records.log, self.settings.max_workers)
        self._dispatcher = Dispatcher(records.store, records.journal, shared)
        self._express = ExpressExecutions(shared, self._random, records.journal.stop)
        self._dispatchers = (self._dispatcher, self._express.dispatcher)
        self.log = records.log
        self._redriving = Redriving(self._store, self._interpreters, self._dispatcher)
        self.map_runs = MapRuns(records, self._dispatcher, self._interpreters, tasks, self._execution_ids)
        self.expiry = Expiry(records, self.clock, self.settings.retention)
        self.removal = Removal(records)
        self._loops = Loops(self._journal.stop)

    async def __aenter__(self) -> Self:
        """Go on where the records end, and begin to wake due executions."""
        await self.catalog.load_models()
        self.catalog.remove_deleted()
        for dispatcher in self._dispatchers:
            dispatcher.open()
        self.map_runs.open()
        self._loops.start(self.expiry.run)
        self._loops.start(self.removal.run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop waking, and drop the calls in flight: the records say that they were made."""
        await self._loops.close()
        await self.map_runs.close()
        for dispatcher in self._dispatchers:
            await dispatcher.close()

    def find_mocks(self, target: Target, test_case: str) -> str:
        """Return the mocks of a test case, for `start`. States that cannot be mocked are logged.

        Raises:
            ValidationException: the state machine has no such test case.

        """
        mocks, states = self._mock_config.find(target.machine.name, test_case)
        version = target.main_version
        revision_id = version.revision if version else target.machine.revision.id
        tasks = {
            name
            for name, state in self.catalog.definition(revision_id).states.items()
            if isinstance(state, Task)
        }
        for name in sorted(states - tasks):
            _LOG.warning("Test case '%s' of %s mocks no Task: '%s'.", test_case, target.machine.name, name)
        return mocks

    async def start(
        self,
        target: Target,
        name: str | None,
        input_text: str,
        trace_header: str | None = None,
        mocks: str | None = None,
    ) -> Execution:
        """Start an execution, or return the one that the same call started before.

        Calls with the same name, input and test case are the same, whichever version or alias they name.
        Express executions have no such names: each call starts another one.
        Source: StartExecution in the API Reference, on idempotency.

        Raises:
            ExecutionAlreadyExists: an execution with other input has the name, or one that has ended.
            ExecutionLimitExceeded: the running Express executions take all the memory that they may.
            StateMachineDeleting: the state machine is being deleted.
            StateMachineDoesNotExist: it was deleted while the start waited for room.
            JournalUnwritable: the disk refuses it.

        """
        if target.machine.is_express:
            return self._express.start(self._express.build(target, name, input_text, trace_header, mocks))
        self._journal.require_writable()
        if len(input_text) > LARGE:
            await self._journal.wait_for_room()
            target = self.catalog.find_again(target)
        machine = target.machine
        self.catalog.require_active(machine)
        existing = self._dispatcher.find_named(machine.id, name) if name else None
        if existing and not self.expiry.release_name(existing):
            return await self._find_same(existing, input_text, mocks)
        execution = build_execution(
            target,
            next(self._execution_ids),
            name,
            input_text,
            trace_header=trace_header,
            mocks=mocks,
            started=self.clock.now(),
            random=self._random,
        )
        self.catalog.on_execution_started(machine.id)
        turn = take_turn(self._interpreters.build(execution, self._store.state), Interpreter.begin)
        await self._dispatcher.submit(ExecutionMoved(execution, turn, is_new=True))
        return execution

    async def start_sync(
        self,
        target: Target,
        name: str | None,
        input_text: str,
        trace_header: str | None = None,
        mocks: str | None = None,
    ) -> Execution:
        """Start an Express execution, wait for its end, and return it as it ended.

        Raises:
            ExecutionLimitExceeded: the running Express executions take all the memory that they may.
            StateMachineDeleting: the state machine is being deleted.
            StateMachineTypeNotSupported: it is not an Express one.

        """
        if not target.machine.is_express:
            raise StateMachineTypeNotSupported
        return await self._express.run(self._express.build(target, name, input_text, trace_header, mocks))

    async def stop(self, arn: str, error: str | None, cause: str | None) -> datetime:
        """End an execution at once and return when it ended (UTC). An ended one stays as it is.

        A call in flight is dropped: its function runs on, as on AWS.

        Raises:
            ExecutionDoesNotExist: no execution has this ARN.
            InvalidArn: this is not the ARN of an execution.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        execution_id = self.find(arn).id
        execution, state = self._dispatcher.find(execution_id)
        position = state.position(root_of(execution_id))
        if execution is None or execution.stopped or position is None:
            return await self._find_end(arn)
        turn = self._interpreters.build(execution, state, position).abort(Failure(error, cause))
        await self._dispatcher.submit(ExecutionMoved(execution, turn))
        return turn.end.at if turn.end else self.clock.now()

    async def call_back(self, token: str, step: Step, characters: int = 0) -> None:
        """Take a step of the Task that waits for a token. `characters` is the length of its result.

        Raises:
            InvalidToken: this engine did not make the token.
            TaskDoesNotExist: its execution is no longer kept.
            TaskTimedOut: its Task no longer waits.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        if characters > LARGE:
            await self._journal.wait_for_room()
        attempt = self._tokens.attempt(token)
        execution, state = self._dispatcher.find(execution_id_of(attempt.branch_id))
        if execution is None:
            raise TaskDoesNotExist
        position = state.position(attempt.branch_id)
        if execution.stopped or position is None or not attempt.is_under_way(position, execution):
            raise TaskTimedOut
        turn = take_turn(self._interpreters.build(execution, state, position), step)
        await self._dispatcher.submit(ExecutionMoved(execution, turn))

    async def poll(
        self, activity: RegisteredActivity, worker: str | None, is_connected: IsConnected
    ) -> tuple[str, str] | None:
        """Give the next Task of an activity to a worker, and return its token and its input, JSON text.

        Return None if there is no Task for `poll_seconds`, or if the worker is no longer connected.

        Raises:
            ActivityWorkerLimitExceeded: as many workers wait as are allowed.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        until = asyncio.get_running_loop().time() + self.settings.poll_seconds
        arn, offers = self.activities.arn(activity), self._dispatcher.offers
        while (branch_id := await _take(offers, arn, is_connected, until)) is not None:
            if assigned := await self._dispatcher.assign(branch_id, worker):
                return self._tokens.token(assigned.attempt), self._read_task_input(assigned)
        return None

    def _read_task_input(self, assigned: Assigned) -> str:
        """Return the input that the history has: a worker gets the same, even if a part of it is random."""
        scheduled = next(self._store.events(assigned.execution_id, assigned.scheduled_event_id))[0]
        return str(scheduled["activityScheduledEventDetails"]["input"])

    def dismiss_workers(self) -> None:
        """Answer the workers that wait: there will be no Task for them. The endpoint closes."""
        self._dispatcher.offers.close()

    async def redrive(self, arn: str, token: str | None = None) -> datetime:
        """Let an unsuccessful execution go on from the states it ended in, and return when (UTC).

        A repeated token changes nothing and returns the time of the first request.

        Raises:
            ExecutionDoesNotExist: no execution has this ARN.
            ExecutionNotRedrivable: it runs, has succeeded, or is too old or too long.
            InvalidArn: this is not the ARN of an execution.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self._settle(self.find(arn).id)
        execution, now = self.find(arn), self.clock.now()
        if token and (earlier := self._store.redriven(execution.id, token, now - TOKEN_LIFE)):
            return earlier
        if reason := self.find_redrive_obstacle(execution):
            raise ExecutionNotRedrivable(arn, reason)
        since, written = self._redriving.redrive(execution, token)
        await written
        return since

    def find_redrive_obstacle(self, execution: Execution) -> str | None:
        """Return why an execution cannot be redriven now, or None if it can."""
        if obstacle := self._redriving.find_obstacle(execution):
            return obstacle
        return None if execution.map_run_id is None else "Execution can only be redriven by its Map Run"

    def find(self, arn: str) -> Execution:
        """Return an execution.

        Raises:
            ExecutionDoesNotExist: no execution has this ARN.
            InvalidArn: this is not the ARN of an execution.

        """
        parts = execution_of(arn)
        machine = self.catalog.find_named(parts.state_machine_name.partition("/")[0])
        execution = machine and self._store.execution_named(machine.id, parts.name)
        if not execution or arn != self.arn(execution):
            raise ExecutionDoesNotExist(arn)
        return execution

    def arn(self, execution: Execution) -> str:
        """Return an execution's ARN."""
        return self._interpreters.arn(execution)

    def state_machine_arn(self, execution: Execution) -> str:
        """Return the ARN of an execution's state machine; of a child, with the label of its Map state."""
        return self._interpreters.state_machine_arn(execution)

    def find_map_run(self, arn: str) -> MapRun:
        """Return a Map Run.

        Raises:
            InvalidArn: this is not the ARN of a Map Run.
            ResourceNotFound: no run has this ARN.

        """
        parts = map_run_of(arn)
        for run in self._store.map_runs_named(parts.name):
            parent = self._store.execution(run.execution_id)
            if parent and arn == self.map_run_arn(run, parent):
                return run
        raise ResourceNotFound(arn)

    def find_map_run_of(self, child: Execution) -> tuple[MapRun, str] | None:
        """Return the Map Run of a child with its ARN; None if the execution is no child."""
        if child.map_run_id is None:
            return None
        run = self._interpreters.runs.get(child.map_run_id)
        return run, self.map_run_arn(run, child)

    def map_run_arn(self, run: MapRun, relative: Execution) -> str:
        """Return the ARN of a Map Run. `relative` is its parent or a child."""
        machine = self.catalog.get(relative.state_machine_id)
        return self.arns.map_run(machine.name, run.label, run.name)

    def list_map_runs(self, parent: Execution, limit: int, before: int) -> list[MapRun]:
        """Return Map Runs of an execution with ids before another, the latest first."""
        return self._store.map_runs_of(parent.id, limit, before)

    def find_parent(self, run: MapRun) -> Execution:
        """Return the execution that began a Map Run.

        Raises:
            LookupError: it is no longer kept.

        """
        parent = self._store.execution(run.execution_id)
        if parent is None:
            raise LookupError(f"The parent of Map Run {run.id} is no longer kept.")
        return parent

    def count_children(self, run: MapRun) -> list[ChildCount]:
        """Count the children of a Map Run by status, and their items."""
        return self._store.child_counts(run)

    def count_pending_items(self, run: MapRun) -> int:
        """Return how many items of a Map Run no child has begun with."""
        first = self._store.first_item(run.id)
        return 0 if first is None else run.length - first

    def executions(self, wanted: Wanted, limit: int, after: Place = BEFORE_ALL) -> list[Execution]:
        """Return the wanted executions after a place, the latest first.

        Raises:
            StateMachineTypeNotSupported: the state machine is an Express one.

        """
        if wanted.map_run_id is None and self.catalog.get(wanted.state_machine_id).is_express:
            raise StateMachineTypeNotSupported
        return self._store.executions(wanted, limit, after)

    def count(self, named: Named) -> list[Count]:
        """Count executions by status, and the waiting ones among the running."""
        running = self.catalog.count_running(named.state_machine_id)
        return self._store.count(named, self.clock.now(), running)

    def waiting(
        self, named: Named, window: DueWindow, limit: int, after: Place
    ) -> Iterator[tuple[Place, Execution]]:
        """Yield waiting executions after a place, the earliest due first, each with its place."""
        return self._read_each(self._store.waiting(named, window, limit, after))

    def busy(self, named: Named, limit: int, after: Place) -> Iterator[tuple[Place, Execution]]:
        """Yield running executions that do not wait, the latest to go on first, each with its place."""
        return self._read_each(self._store.busy(named, self.clock.now(), limit, after))

    def with_status(
        self, named: Named, status: Status, limit: int, after: Place
    ) -> Iterator[tuple[Place, Execution]]:
        """Yield executions with a status, the latest first, each with its place."""
        return self._read_each(self._store.with_status(named, status, limit, after))

    def find_named(
        self, named: Named, statuses: Sequence[Status], limit: int, after: Place
    ) -> tuple[list[Execution], Place | None]:
        """Return executions with any of some statuses, the latest first, and the place to go on from.

        A page may be short; the place is None at the end.
        """
        places, following = self._store.find(named, statuses, limit, after)
        return [execution for _, execution in self._read_each(places)], following

    def count_by_minute(self, named: Named, window: DueWindow) -> list[tuple[datetime, int]]:
        """Return the minutes (UTC) in which executions are due, each with their number."""
        return self._store.count_by_minute(named, window)

    def revision_number(self) -> str:
        """Return a text that changes with every change on record."""
        return self._store.revision_number()

    def _read_each(self, places: list[Place]) -> Iterator[tuple[Place, Execution]]:
        for place in places:
            if execution := self._store.execution(place[1]):
                yield place, execution

    def events(self, execution: Execution, start: int | None, *, backwards: bool) -> Iterator[list[Event]]:
        """Yield an execution's history turn by turn, from event `start` on or back from it."""
        if backwards:
            return self._store.events_backwards(execution.id, start or MAX_EVENTS)
        return self._store.events(execution.id, start or 1)

    def wake_due(self) -> int:
        """Wake the due executions, in order of due time, and return how many there were."""
        return sum(dispatcher.wake_due() for dispatcher in self._dispatchers)

    def next_due(self) -> datetime | None:
        """Return when (UTC) the next execution is due; None if none waits."""
        due = (dispatcher.next_due() for dispatcher in self._dispatchers)
        return min((moment for moment in due if moment), default=None)

    def look_again(self) -> None:
        """Look for due executions at once: the clock was moved."""
        for dispatcher in self._dispatchers:
            dispatcher.look_again()

    def poll_jobs(self) -> None:
        """Poll every job that an execution waits for."""
        self._dispatcher.poll_jobs()

    @property
    def woken(self) -> int:
        """The number of times that an execution was woken because it was due."""
        return sum(dispatcher.woken for dispatcher in self._dispatchers)

    @property
    def is_calling(self) -> bool:
        """Whether a call is in flight, goes out once its turn is on disk, or a Map Run is being driven."""
        return self.map_runs.is_busy or any(dispatcher.is_calling for dispatcher in self._dispatchers)

    @property
    def is_held_back(self) -> bool:
        """Whether due executions wait for the disk before they go on."""
        return any(dispatcher.is_held_back for dispatcher in self._dispatchers)

    async def wait_for_calls(self) -> None:
        """Wait until the calls in flight have returned and their executions have gone on."""
        for dispatcher in self._dispatchers:
            await dispatcher.wait_for_calls()
        await self.map_runs.wait()

    async def _find_same(self, existing: Execution, input_text: str, mocks: str | None) -> Execution:
        is_same = existing.input == input_text and _name_test_case(existing.mocks) == _name_test_case(mocks)
        if existing.stopped or not is_same:
            raise ExecutionAlreadyExists(self.arn(existing))
        await self._dispatcher.flush(existing.id)
        return existing

    async def _settle(self, execution_id: int) -> None:
        """Wait until an execution's changes are on disk and its abandoned runs have ended."""
        await self._dispatcher.flush(execution_id)
        # Another request may have redriven it while this one waited for a run.
        while await self.map_runs.wait_for_abandoned(execution_id):
            await self._dispatcher.flush(execution_id)

    async def _find_end(self, arn: str) -> datetime:
        await self._dispatcher.flush(self.find(arn).id)
        return self.find(arn).stopped or self.clock.now()


def _name_test_case(mocks: str | None) -> str | None:
    return load_mocks(mocks).test_case if mocks else None


async def _take(offers: Offers, activity: str, is_connected: IsConnected, until: float) -> int | None:
    try:
        async with asyncio.timeout_at(until):
            return await offers.take(activity, is_connected)
    except TimeoutError:
        return None
