"""Drives Map Runs: reads their items, starts their children, and gives their outcome to their parents.

A run is data: its row, the items that no child has begun with, and its children, which are executions.
The coroutine that drives it may be lost at any moment. Another one goes on from the records.

All runs together take one step at a time, with a pause after each, so that they do not hold up others.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.engine.dispatcher import Dispatcher
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.execution.branch import root_of
from stepfunctions_local.engine.execution.call import CallOutcome, CallResult, StorageFailed, TaskRunner
from stepfunctions_local.engine.execution.child_input import build_child_input
from stepfunctions_local.engine.execution.distributing import dump_item, load_item
from stepfunctions_local.engine.execution.document import is_longer
from stepfunctions_local.engine.execution.execution import Execution, Phase, Position, Status
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.map_run import MapRun, MapRunStatus
from stepfunctions_local.engine.interpreters import Interpreters, take_turn
from stepfunctions_local.engine.records.change import ExecutionMoved, MapRunSaved
from stepfunctions_local.engine.records.journal import ROOM, describe_defect
from stepfunctions_local.engine.records.listing import UNSUCCESSFUL
from stepfunctions_local.engine.records.records import Records
from stepfunctions_local.engine.redriving import Redriving
from stepfunctions_local.engine.results import Results
from stepfunctions_local.language import Failure, dump_json
from stepfunctions_local.language.evaluation import build_data_limit_failure, build_failure
from stepfunctions_local.language.map_run import (
    ITEM_READER_FAILED,
    MOST_BATCH_BYTES,
    RESULT_WRITER_FAILED,
    THRESHOLD_EXCEEDED,
    MapRunPlan,
)

_LOG = logging.getLogger(__name__)

_STEP_SECONDS: Final = 0.05
_STEP_CHILDREN: Final = 20
"""A step ends when this time or this number of children is reached."""

_PAUSE_SECONDS: Final = 0.005
"""The pause after a step, in which others go on."""

_RETRY_SECONDS: Final = 0.5
"""How long a run waits while the disk refuses what it writes."""

_EXCEEDED: Final = Failure(THRESHOLD_EXCEEDED, "The specified tolerated failure threshold was exceeded")


class _RunFailed(Exception):
    """A run cannot succeed any more."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.cause)
        self.failure = failure


@dataclass(slots=True)
class _ActiveRun:
    """A run that is driven.

    `open`: children that run. `items`: items of ended children, by status.
    `next_item`: the first item that no child has begun with.
    `changed`: set when a child has ended, or the settings have changed.
    `is_waiting`: whether it can only go on after that.
    """

    run: MapRun
    open: int = 0
    items: Counter[Status] = field(default_factory=Counter)
    next_item: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_waiting: bool = False
    is_abandoned: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def exceeds_threshold(self) -> bool:
        failed = self.items[Status.FAILED] + self.items[Status.TIMED_OUT]
        return not self.run.plan.tolerates(failed, self.run.length)

    @property
    def can_begin(self) -> bool:
        return self.open < self.run.plan.at_once

    def notify(self) -> None:
        self.is_waiting = False
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds, which a change may bring about."""
        while not condition():
            self.changed.clear()
            self.is_waiting = True
            await self.changed.wait()
        self.is_waiting = False


class MapRuns:
    """Drives the runs of an engine. `execution_ids` are those of new executions."""

    def __init__(
        self,
        records: Records,
        dispatcher: Dispatcher,
        interpreters: Interpreters,
        tasks: TaskRunner,
        execution_ids: Iterator[int],
    ) -> None:
        self._store = records.store
        self._journal = records.journal
        self._dispatcher = dispatcher
        self._interpreters = interpreters
        self._tasks = tasks
        self._execution_ids = execution_ids
        self._redriving = Redriving(records.store, interpreters, dispatcher)
        self._results = Results(records.store, interpreters, tasks)
        self._active: dict[int, _ActiveRun] = {}
        self._parents: defaultdict[int, set[int]] = defaultdict(set)
        self._floor = asyncio.Lock()
        dispatcher.on_moved = self._on_moved

    def open(self) -> None:
        """Go on with the runs that the records show running."""
        for run in self._store.map_runs_running():
            self._begin(run, has_children=True)
        for run_id in [*self._active]:
            self._abandon_if_unawaited(run_id)

    async def close(self) -> None:
        """Stop driving. The records say where each run goes on."""
        tasks = [active.task for active in self._active.values() if active.task]
        self._active.clear()
        await end_tasks(tasks)

    @property
    def is_busy(self) -> bool:
        """Whether a run has something to do other than to wait for its children."""
        return any(not active.is_waiting for active in self._active.values())

    async def wait(self) -> None:
        """Wait until no run is busy."""
        while self.is_busy:  # noqa: ASYNC110 - many events can make it idle
            await asyncio.sleep(_PAUSE_SECONDS)

    async def wait_for_abandoned(self, execution_id: int) -> bool:
        """Wait until the runs that an execution no longer waits for have ended. Return False if none ran."""
        runs = [self._active[run_id] for run_id in self._parents.get(execution_id, ())]
        tasks = [run.task for run in runs if run.is_abandoned and run.task and not run.task.done()]
        if tasks:
            await asyncio.wait(tasks)
        return bool(tasks)

    async def update(self, run_id: int, plan: MapRunPlan) -> None:
        """Replace the plan of a run, unless it has just ended.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        if active := self._active.get(run_id):
            active.run = replace(active.run, plan=plan)
            saved = self._save(active)
            active.notify()
            await saved

    # Turns

    def _on_moved(self, change: ExecutionMoved) -> None:
        execution, turn = change.execution, change.turn
        for run in turn.changes.runs.values():
            self._interpreters.runs.save(run)
            if run.is_running and run.id not in self._active:
                self._begin(run, has_children=run.redrives > 0)
        if execution.map_run_id in self._active:
            self._count(self._active[execution.map_run_id], change)
        for run_id in [*self._parents.get(execution.id, ())]:
            self._abandon_if_unawaited(run_id)

    def _count(self, active: _ActiveRun, change: ExecutionMoved) -> None:
        if change.is_new or change.redrive:
            active.open += 1
        if change.turn.end:
            active.open -= 1
            active.items[change.turn.end.status] += change.execution.item_count
            active.notify()

    def _abandon_if_unawaited(self, run_id: int) -> None:
        active = self._active[run_id]
        if active.is_abandoned or self._find_parent(active.run):
            return
        active.is_abandoned = True
        if active.task:
            active.task.cancel()
        active.notify()
        active.task = asyncio.create_task(self._drive(self._abandon(active)))

    def _find_parent(self, run: MapRun) -> tuple[Execution, Position] | None:
        """Return the parent of a run, and where it waits for the run; None if it does not."""
        execution, state = self._dispatcher.find(run.execution_id)
        position = state.position(run.branch_id) if execution and not execution.stopped else None
        if execution is None or position is None or position.phase is not Phase.DISTRIBUTED:
            return None
        return execution, position

    def _begin(self, run: MapRun, *, has_children: bool) -> None:
        """Begin to drive a run. Its children, if it has any, are all on disk at this moment."""
        active = self._active[run.id] = _ActiveRun(run)
        if has_children:
            self._load(active)
        self._interpreters.runs.save(run)
        self._parents[run.execution_id].add(run.id)
        active.task = asyncio.create_task(self._drive(self._finish(active)))

    def _forget(self, active: _ActiveRun) -> None:
        self._active.pop(active.run.id, None)
        self._parents[active.run.execution_id].discard(active.run.id)
        if not self._parents[active.run.execution_id]:
            del self._parents[active.run.execution_id]

    def _save(self, active: _ActiveRun, items: dict[int, str] | None = None) -> asyncio.Future[None]:
        self._interpreters.runs.save(active.run)
        return self._journal.submit(MapRunSaved(active.run, items or {}))

    async def _flush(self, active: _ActiveRun, items: dict[int, str] | None = None) -> None:
        """Save a run, with items that were read, and wait until all changes so far are on disk."""
        written = self._save(active, items)
        while not await self._succeeds(written):
            # The journal keeps what the disk has refused. A later change is on disk after that.
            written = self._save(active)

    async def _wait_for_room(self) -> None:
        while not await self._succeeds(self._journal.wait_for_room()):
            pass

    async def _succeeds(self, written: Awaitable[None]) -> bool:
        """Return whether the disk accepts changes; if not, after a while.

        Raises:
            JournalUnwritable: the journal has stopped.

        """
        try:
            await written
        except JournalUnwritable:
            if self._journal.stopped.done():
                raise
            await asyncio.sleep(_RETRY_SECONDS)
            return False
        return True

    @asynccontextmanager
    async def _step(self) -> AsyncIterator[float]:
        """Take the only step of this moment, and pause after it. Yields when it should end."""
        async with self._floor:
            yield time.monotonic() + _STEP_SECONDS
            await asyncio.sleep(_PAUSE_SECONDS)

    # Driving

    async def _drive(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except JournalUnwritable:
            _LOG.info("A Map Run rests: the journal has stopped.")
        except Exception as error:  # noqa: BLE001 - it stops the endpoint
            _LOG.exception("A Map Run met a defect of this endpoint.")
            self._journal.stop(describe_defect(error))

    async def _finish(self, active: _ActiveRun) -> None:
        """Drive a run to its end, and let its parent go on with the outcome."""
        outcome = await self._find_outcome(active)
        if parent := self._find_parent(active.run):
            execution, position = parent
            _, state = self._dispatcher.find(execution.id)
            interpreter = self._interpreters.build(execution, state, position)
            run = active.run
            turn = take_turn(interpreter, lambda interpreter: interpreter.end_map_run(run, outcome))
            self._forget(active)
            self._dispatcher.submit(ExecutionMoved(execution, turn))

    async def _find_outcome(self, active: _ActiveRun) -> CallOutcome:
        failure: Failure | None = None
        await self._flush(active)
        try:
            await self._carry_out(active)
        except _RunFailed as failed:
            failure = failed.failure
            await self._abort_children(active)
        await self._flush(active)
        result = await self._write_results(active, failure)
        return failure or result

    async def _carry_out(self, active: _ActiveRun) -> None:
        """Read the items and start the children, and wait until all of these have ended."""
        if active.run.plan.exports and not self._store.children(active.run.id, 0, 1):
            # Results that cannot be written are found out before there are any, as on AWS.
            await self._write(self._results.write_manifest(active.run, {}))
        if not active.run.is_read:
            await self._read(active)
        if active.run.redrives:
            await self._redrive_children(active)
        await self._start_children(active)
        await active.until(lambda: active.open == 0 or active.exceeds_threshold)
        self._require_tolerated(active)

    async def _write(self, work: Coroutine[Any, Any, str]) -> str:
        try:
            return await work
        except StorageFailed as error:
            raise _RunFailed(build_failure(RESULT_WRITER_FAILED, str(error))) from error

    async def _write_results(self, active: _ActiveRun, failure: Failure | None) -> CallOutcome:
        run = active.run
        if run.plan.exports:
            try:
                return CallResult(await self._write(self._results.export(run)))
            except _RunFailed as failed:
                return failed.failure
        if failure:
            return failure
        text = await self._results.collect(run)
        return build_data_limit_failure(run.state) if text is None else CallResult(text)

    def _load(self, active: _ActiveRun) -> None:
        """Count what the records have."""
        run = active.run
        first = self._store.first_item(run.id)
        if run.is_read:
            active.next_item = run.length if first is None else first
        for count in self._store.child_counts(run):
            if count.status is Status.RUNNING:
                active.open += count.executions
            elif not (run.redrives and count.is_pending):
                active.items[count.status] += count.items

    async def _read(self, active: _ActiveRun) -> None:
        """Read the items of a dataset, page by page. Each page is on disk before the next is read."""
        dataset = active.run.plan.dataset
        if dataset is None:
            raise LookupError("The run has no dataset.")
        pages = self._tasks.read_items(dataset, active.run.position)
        try:
            async for page in pages:
                length = active.run.length
                numbers = range(length, min(length + len(page.items), dataset.most_items))
                items = {number: dump_item(item) for number, item in zip(numbers, page.items, strict=False)}
                active.run = replace(active.run, length=numbers.stop, position=page.position)
                await self._flush(active, items)
                if active.run.length >= dataset.most_items:
                    break
        except StorageFailed as error:
            raise _RunFailed(build_failure(ITEM_READER_FAILED, str(error))) from error
        active.run = replace(active.run, is_read=True, position=None)
        await self._flush(active)

    async def _redrive_children(self, active: _ActiveRun) -> None:
        """Redrive the unsuccessful children, as many at a time as may be open."""
        while child := self._store.next_child(active.run.id, active.run.redriven_up_to, UNSUCCESSFUL):
            await active.until(lambda: active.can_begin or active.exceeds_threshold)
            self._require_tolerated(active)
            active.run = replace(active.run, redriven_up_to=child.id)
            if self._redriving.find_obstacle(child):
                active.items[child.status] += child.item_count
                continue
            await self._wait_for_room()
            async with self._step():
                self._redriving.redrive(child, run=active.run)

    async def _start_children(self, active: _ActiveRun) -> None:
        while True:
            await active.until(lambda: active.can_begin or active.exceeds_threshold)
            self._require_tolerated(active)
            if active.next_item >= active.run.length:
                return
            await self._wait_for_room()
            async with self._step() as until:
                self._start_some(active, until)

    def _start_some(self, active: _ActiveRun, until: float) -> None:
        parent = self._find_parent(active.run)
        if parent is None:
            return
        execution, position = parent
        _, state = self._dispatcher.find(execution.id)
        interpreter = self._interpreters.build(execution, state, position)
        for _ in range(_STEP_CHILDREN):
            if not active.can_begin or active.exceeds_threshold or active.next_item >= active.run.length:
                return
            text, last = self._build_input(active, interpreter)
            self._start_child(active, execution, text, last)
            if time.monotonic() > until or self._journal.backlog >= ROOM:
                return

    def _start_child(self, active: _ActiveRun, parent: Execution, text: str, last: int) -> None:
        first, active.next_item = active.next_item, last + 1
        child = Execution(
            id=next(self._execution_ids),
            name=str(uuid4()),
            state_machine_id=parent.state_machine_id,
            revision_id=parent.revision_id,
            started=self._interpreters.clock.now(),
            input=text,
            map_run_id=active.run.id,
            item_count=last + 1 - first,
            mocks=parent.mocks,
        )
        self._interpreters.catalog.on_execution_started(parent.state_machine_id)
        turn = take_turn(self._interpreters.build(child, self._store.state), Interpreter.begin)
        turn.changes.taken[active.run.id] = (first, last)
        self._dispatcher.submit(ExecutionMoved(child, turn, is_new=True))

    def _build_input(self, active: _ActiveRun, interpreter: Interpreter) -> tuple[str, int]:
        """Return the input of the next child, and the number of its last item. Raises _RunFailed."""
        run = active.run
        text, last = build_child_input(
            run.plan.batching,
            active.next_item,
            run.length,
            lambda number: self._select(active, interpreter, number),
        )
        if is_longer(text, MOST_BATCH_BYTES):
            raise _RunFailed(build_data_limit_failure(run.state))
        return text, last

    def _select(self, active: _ActiveRun, interpreter: Interpreter, number: int) -> str:
        selected = interpreter.select_item(number, load_item(self._store.item(active.run.id, number)))
        if isinstance(selected, Failure):
            raise _RunFailed(selected)
        return dump_json(selected)

    def _require_tolerated(self, active: _ActiveRun) -> None:
        if active.exceeds_threshold:
            raise _RunFailed(_EXCEEDED)

    async def _abandon(self, active: _ActiveRun) -> None:
        """Abort a run that its parent no longer waits for."""
        await self._abort_children(active)
        active.run = active.run.end(MapRunStatus.ABORTED, self._interpreters.clock.now())
        await self._flush(active)
        self._forget(active)

    async def _abort_children(self, active: _ActiveRun) -> None:
        """End the running children of a run, and wait until that is on disk."""
        await self._flush(active)
        after = 0
        while child := self._store.next_child(active.run.id, after, (Status.RUNNING,)):
            after = child.id
            async with self._step():
                self._abort(child.id)
        await self._flush(active)

    def _abort(self, execution_id: int) -> None:
        execution, state = self._dispatcher.find(execution_id)
        position = state.position(root_of(execution_id))
        if execution and position and not execution.stopped:
            turn = self._interpreters.build(execution, state, position).abort(Failure())
            self._dispatcher.submit(ExecutionMoved(execution, turn))
