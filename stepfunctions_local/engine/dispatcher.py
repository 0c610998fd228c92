"""Carries out turns. Before the commit: memory. After it: the world.

The changes of a turn are known to this process at once: the execution's state, its timers, its jobs. They go
to the journal, and nothing leaves this process before they are on disk: no request is acknowledged, no
function is called, no job is polled or stopped. So a crash loses nothing that was acknowledged, and a call
that may have gone out is always on record.

A waiting execution is rows in the store and an entry among the timers.
Only a Task with a call in flight has a coroutine.
"""

import asyncio
import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

from stepfunctions_local.engine.calls import JOBS, AfterCommit, Calls
from stepfunctions_local.engine.execution.branch import execution_id_of
from stepfunctions_local.engine.execution.call import CallOutcome, PlannedCall, TaskRunner
from stepfunctions_local.engine.execution.execution import Execution, Phase, Position
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.log_line import LogLevel, write_lines
from stepfunctions_local.engine.execution.state import ExecutionState
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.interpreters import Interpreters, Step, take_turn
from stepfunctions_local.engine.jobs import Jobs
from stepfunctions_local.engine.loops import Loops
from stepfunctions_local.engine.offers import Offers
from stepfunctions_local.engine.queues import HeldBack, Large
from stepfunctions_local.engine.records.change import ExecutionMoved
from stepfunctions_local.engine.records.execution_log import ExecutionLog
from stepfunctions_local.engine.records.journal import ROOM, TurnJournal, describe_defect
from stepfunctions_local.engine.records.store import ExecutionStore
from stepfunctions_local.engine.records.unflushed import Unflushed
from stepfunctions_local.engine.timers import Timers
from stepfunctions_local.language import Failure
from stepfunctions_local.slots import FairSlots

_LOG = logging.getLogger(__name__)

_LONGEST_SLEEP_SECONDS = 1.0
"""The loop reads the wall clock at least this often, since it may have been set."""

_POLL_SECONDS = 1.0
"""How often jobs that run elsewhere are polled."""

_WOKEN_AT_ONCE = 50
WAKING_SECONDS = 0.1
"""Due executions go on until this count or this time is reached. Then requests are served again."""

_PAUSE_SECONDS = 0.02
"""How long requests are served in between. One request takes several iterations of the event loop."""

LARGE: Final = 8 * 1024
"""A branch with more text, or a request, waits for room in the journal. Smaller ones pass it."""

MOST_BACKLOG: Final = 4 * 1024 * 1024
"""Nothing is woken while this many characters are not yet on disk: they are kept in memory until then."""


OnMoved: TypeAlias = Callable[[ExecutionMoved], None]


@dataclass(frozen=True, slots=True)
class Resumed:
    """An execution, and the interpreter that goes on where one of its branches rests.

    `characters`: the length of the branch's input and variables.
    """

    execution: Execution
    interpreter: Interpreter
    characters: int


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts that the dispatchers of an engine share.

    `max_workers`: how many workers of activities may wait.
    `floor`: held by the dispatcher that wakes executions, so that together they leave time for requests.
    """

    interpreters: Interpreters
    tasks: TaskRunner
    slots: FairSlots
    log: ExecutionLog
    max_workers: int
    floor: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Assigned:
    """The attempt of a Task that a worker gets, and the event that has its input."""

    execution_id: int
    scheduled_event_id: int
    attempt: Attempt


class Dispatcher:
    """Moves executions on, and keeps the order: memory, disk, world."""

    def __init__(self, store: ExecutionStore, journal: TurnJournal, shared: Shared) -> None:
        self._store = store
        self._journal = journal
        self._interpreters = shared.interpreters
        self._catalog = shared.interpreters.catalog
        self._tasks = shared.tasks
        self._log = shared.log
        self._floor = shared.floor
        self._unflushed = Unflushed(self._store.state)
        self._timers = Timers()
        self._calls = Calls(shared.slots, self._return_call)
        self._jobs = Jobs(shared.tasks.runs_here)
        self.offers = Offers(shared.max_workers)
        self._held_back = HeldBack()
        self._large = Large()
        self._timers_changed = asyncio.Event()
        self._planned_calls = 0
        self._waits_for_disk = False
        self._loops = Loops(self._journal.stop)
        self._closed = False
        self.on_moved: OnMoved = lambda _change: None
        """Called with each turn, once it is applied to memory."""
        self.woken = 0
        """The number of times that an execution was woken because it was due."""

    def open(self) -> None:
        """Go on where the records end, and begin to wake due executions."""
        self._recover()
        self._loops.start(self._wake_regularly)
        self._loops.start(self._poll_regularly)

    async def close(self) -> None:
        """Stop waking, and drop the calls in flight: the records say that they were made."""
        self._closed = True
        await self._loops.close()
        await self._calls.close()

    def find(self, execution_id: int) -> tuple[Execution | None, ExecutionState]:
        """Return an execution and its state, unflushed changes included."""
        if pending := self._unflushed.find(execution_id):
            return pending.execution, pending.state
        execution = self._unflushed.find_recent(execution_id) or self._store.execution(execution_id)
        return execution, self._store.state

    def find_named(self, machine_id: int, name: str) -> Execution | None:
        """Return a state machine's execution by its name, unflushed ones included."""
        pending = self._unflushed.find_named(machine_id, name)
        return pending.execution if pending else self._store.execution_named(machine_id, name)

    def submit(self, change: ExecutionMoved) -> asyncio.Future[None]:
        """Apply a turn to memory and hand it to the journal. The future is done once it is on disk.

        The future raises JournalUnwritable if the disk refuses it. The journal then retries.
        """
        turn, pending = change.turn, self._unflushed.hold(change)
        for branch_id, position in turn.changes.positions.items():
            self._forget(branch_id)
            if position and not turn.end:
                self._schedule(position)
        for branch_id, planned in turn.calls.items():
            if planned.started:
                self._calls.hold(branch_id, planned.target)
        after = self._plan_after_commit(change)
        self._planned_calls += len(after)
        pending.written = self._journal.submit(change, partial(self._release, change, after))
        if turn.end:
            for branch_id in turn.end.branches:
                self._forget(branch_id)
            self._catalog.on_execution_ended(change.execution.state_machine_id)
        self.on_moved(change)
        return pending.written

    async def flush(self, execution_id: int) -> None:
        """Wait until all changes of an execution are on disk.

        Raises:
            JournalUnwritable: the disk refuses them.

        """
        while (pending := self._unflushed.find(execution_id)) and pending.written:
            await pending.written

    async def assign(self, branch_id: int, worker: str | None) -> Assigned | None:
        """Give a Task that was taken from the offers to a worker. It is on disk then.

        Return None if its execution cannot go on.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        resumed = self._resume(branch_id)
        if resumed is None:
            return None
        turn = take_turn(resumed.interpreter, lambda interpreter: interpreter.assign(worker))
        await self.submit(ExecutionMoved(resumed.execution, turn))
        position = turn.changes.positions.get(branch_id)
        if turn.end or position is None:
            return None
        attempt = Attempt.at(position, resumed.execution.redrives)
        return Assigned(resumed.execution.id, turn.events[0]["previousEventId"], attempt)

    def wake_due(self, at_most: int = _WOKEN_AT_ONCE) -> int:
        """Wake the due executions, in order of due time, and return how many there were.

        One whose last turn is not on disk is woken once it is. A large one waits for room in the journal.
        """
        before, until = self.woken, time.monotonic() + WAKING_SECONDS
        for branch_id, step in itertools.islice(self._pop_due(), at_most):
            self._go_on(branch_id, step)
            if time.monotonic() > until:
                break
        return self.woken - before

    def next_due(self) -> datetime | None:
        """Return when (UTC) the next execution is due; None if none waits."""
        return self._timers.next_due()

    def look_again(self) -> None:
        """Look for due executions at once: the clock was moved."""
        self._timers_changed.set()

    def poll_jobs(self) -> None:
        """Poll every job that a branch waits for."""
        self._poll(self._jobs.branches())

    def _poll(self, branches: Iterable[int]) -> None:
        for branch_id in branches:
            if not self._calls.is_calling(branch_id):
                self._poll_job(branch_id)

    @property
    def is_calling(self) -> bool:
        """Whether a call is in flight, or goes out once its turn is on disk."""
        return self._planned_calls > 0 or self._calls.in_flight

    @property
    def is_held_back(self) -> bool:
        """Whether due executions wait for the disk before they go on."""
        return bool(self._held_back or self._large) or not self._may_wake

    async def wait_for_calls(self) -> None:
        """Wait until the calls in flight have returned and their executions have gone on."""
        await self._calls.wait()

    async def _wake_regularly(self) -> None:
        while True:
            self._timers_changed.clear()
            async with self._floor:
                began = time.monotonic()
                self.wake_due()
                if time.monotonic() - began > WAKING_SECONDS:
                    await asyncio.sleep(_PAUSE_SECONDS)
            await self._sleep()

    async def _sleep(self) -> None:
        due = self._timers.next_due()
        seconds = _LONGEST_SLEEP_SECONDS
        self._waits_for_disk = not self._may_wake
        if due is not None and self._may_wake:
            seconds = min(seconds, max(0.0, (due - self._interpreters.clock.now()).total_seconds()))
        try:
            async with asyncio.timeout(seconds):
                await self._timers_changed.wait()
        except TimeoutError:
            return

    async def _poll_regularly(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            self._poll(self._jobs.elsewhere())

    def _recover(self) -> None:
        self._timers.load(self._store.due())
        for branch_id in self._store.calling():
            self._repeat_call(branch_id)
        self._jobs.load(self._store.waiting_for_jobs())
        self.offers.load(self._store.offered())
        # A job may have ended while no process ran to notice.
        self.poll_jobs()

    def _repeat_call(self, branch_id: int) -> None:
        """Repeat a call that was in flight when the last process ended: at least once, as on AWS."""
        if resumed := self._resume(branch_id):
            repeated = resumed.interpreter.repeat()
            if isinstance(repeated, Turn):
                self.submit(ExecutionMoved(resumed.execution, repeated))
            else:
                self._call(branch_id, repeated)

    @property
    def _may_wake(self) -> bool:
        return self._journal.backlog < MOST_BACKLOG

    def _pop_due(self) -> Iterator[tuple[int, Step]]:
        """Remove and yield what may go on: large branches while there is room, then those that are due."""
        while self._large and self._journal.backlog < ROOM:
            yield self._large.pop()
        due = self._timers.pop_due(self._interpreters.clock.now())
        while self._may_wake and (branch_id := next(due, None)) is not None:
            yield branch_id, Interpreter.wake

    def _go_on(self, branch_id: int, step: Step, characters: int = 0) -> None:
        """Take a branch's next step, now or once the disk allows it. `characters`: what the step brings."""
        is_wake = step is Interpreter.wake
        if is_wake and self._unflushed.is_ahead(branch_id):
            self._held_back.add(branch_id)
        elif resumed := self._resume(branch_id):
            if resumed.characters + characters > LARGE and self._journal.backlog >= ROOM:
                self._large.add(branch_id, step)
                return
            self.woken += is_wake
            self.submit(ExecutionMoved(resumed.execution, take_turn(resumed.interpreter, step)))

    def _resume(self, branch_id: int) -> Resumed | None:
        """Return a branch, resumed at its position; None if it has ended or cannot go on.

        Raises:
            sqlite3.Error: the records cannot be read.

        """
        name: int | str = execution_id_of(branch_id)
        try:
            execution, state = self.find(execution_id_of(branch_id))
            position = state.position(branch_id)
            if execution is None or execution.stopped or position is None:
                return None
            name = execution.name
            interpreter = self._interpreters.build(execution, state, position)
            return Resumed(execution, interpreter, position.characters)
        except sqlite3.Error:
            raise
        except Exception:  # noqa: BLE001 - a defect must not take other executions down
            # An older version accepted its definition, or wrote its rows. The other executions must go on.
            _LOG.exception("Execution %s cannot go on and stays where it is.", name)
            return None

    def _return_call(self, branch_id: int, outcome: CallOutcome) -> None:
        characters = 0 if isinstance(outcome, Failure) else len(outcome.text)
        try:
            self._go_on(branch_id, lambda interpreter: interpreter.return_call(outcome), characters)
        except Exception as error:  # noqa: BLE001 - it stops the endpoint
            _LOG.exception("The end of a call met a defect of this endpoint.")
            self._journal.stop(describe_defect(error))

    def _forget(self, branch_id: int) -> None:
        self._large.remove(branch_id)
        self._timers.cancel(branch_id)
        self._calls.drop(branch_id)
        self._jobs.remove(branch_id)
        self.offers.remove(branch_id)

    def _schedule(self, position: Position) -> None:
        self._jobs.add(position)
        self._timers.set(position.branch.id, position.due)
        if self._timers.next_due() == position.due:
            self._timers_changed.set()

    def _plan_after_commit(self, change: ExecutionMoved) -> AfterCommit:
        """Collect the calls that go out once a turn is on disk. A job that has just begun is polled once."""
        turn, polls = change.turn, []
        if turn.end and self._jobs:
            polls = self._jobs.find_branches(self._interpreters.arn(change.execution))
        elif not turn.end:
            polls = [branch_id for branch_id in turn.changes.positions if branch_id in self._jobs]
        return AfterCommit(turn.calls, polls, turn.abandoned, self._write_lines(change))

    def _write_lines(self, change: ExecutionMoved) -> list[str]:
        """Write the log's lines of a turn, as far as the state machine's log level asks for them."""
        execution = change.execution
        logging = self._catalog.revision(execution.revision_id).setup.logging
        if logging["level"] == LogLevel.OFF:
            return []
        return [
            *write_lines(change.turn.events, self._interpreters.arn(execution), execution.redrives, logging)
        ]

    def _release(self, change: ExecutionMoved, after: AfterCommit) -> None:
        """Send what waited for the commit of a turn."""
        self._unflushed.release(change)
        self._planned_calls -= len(after)
        self._log.append(after.lines)
        if self._closed:
            return
        self._wake_waiting(change.execution.id)
        for branch_id, call in after.calls.items():
            if self._is_still_at(change.turn.changes.positions[branch_id]):
                self._call(branch_id, call)
        if not change.turn.end:
            self._offer(change.turn.changes.positions.values())
        for branch_id in after.polls:
            self._poll_job(branch_id)
        for job in after.stops:
            self._calls.send(partial(self._tasks.stop, job))

    def _offer(self, positions: Iterable[Position | None]) -> None:
        """Offer the Tasks of activities to workers."""
        for position in positions:
            if position and position.phase is Phase.OFFERED and self._is_still_at(position):
                self.offers.add(position.branch.id, _get_activity(position))

    def _wake_waiting(self, execution_id: int) -> None:
        """Look again at the due branches that waited for a commit, or for the room that it made."""
        if self._held_back and not self._unflushed.find(execution_id):
            for branch_id in self._held_back.release(execution_id):
                if position := self._store.state.position(branch_id):
                    self._timers.set(branch_id, position.due)
            self._timers_changed.set()
        if self._large or self._waits_for_disk:
            self._timers_changed.set()

    def _is_still_at(self, position: Position | None) -> bool:
        """Whether a branch still rests at a position that has just been committed."""
        pending = position and self._unflushed.find(position.branch.execution_id)
        if not position or not pending:
            return position is not None
        return pending.execution.stopped is None and pending.state.position(position.branch.id) == position

    def _call(self, branch_id: int, planned: PlannedCall) -> None:
        if planned.started:
            self._calls.start(
                branch_id, planned.target, partial(self._tasks.run, planned.call, planned.caller)
            )
        else:
            self._calls.queue(branch_id, planned.target, partial(self._start_call, branch_id, planned))

    def _start_call(self, branch_id: int, planned: PlannedCall) -> None:
        """Write that a scheduled call starts. It goes out once that is on disk."""
        # At once, even if the disk is behind: the free slot is this call's only now.
        if resumed := self._resume(branch_id):
            turn = take_turn(resumed.interpreter, lambda interpreter: interpreter.start_call(planned))
            self.submit(ExecutionMoved(resumed.execution, turn))

    def _poll_job(self, branch_id: int) -> None:
        """Poll the job that a branch waits for. A poll in flight is dropped: its answer may be stale."""
        resumed = self._resume(branch_id)
        if resumed and (job := resumed.interpreter.job):
            self._calls.drop(branch_id)
            self._calls.start(branch_id, JOBS, partial(self._tasks.poll, *job))


def _get_activity(position: Position) -> str:
    return str(position.awaited and position.awaited.activity)
