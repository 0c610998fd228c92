"""The records of Express executions: a journal that forgets.

An Express execution runs as any other, by the same interpreter and dispatcher. It is known while it runs and
forgotten at its end, and nothing of it is written to disk.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from stepfunctions_local.engine.execution.branch import ForkProgress, execution_id_of
from stepfunctions_local.engine.execution.execution import Execution, Position
from stepfunctions_local.engine.execution.history import to_event_time
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.state import StateChanges
from stepfunctions_local.engine.records.change import Change, ExecutionMoved
from stepfunctions_local.engine.records.journal import OnCommit, do_nothing

_LEAST_CHARACTERS: Final = 2 * 1024
"""The memory that an execution takes besides its input, in characters."""


@dataclass(slots=True)
class _Running:
    execution: Execution
    state: StateChanges = field(default_factory=StateChanges)
    last_event: datetime | None = None

    @property
    def characters(self) -> int:
        return len(self.execution.input) + _LEAST_CHARACTERS

    def apply(self, change: ExecutionMoved) -> None:
        changes = change.turn.changes
        self.state.add(changes)
        self.state.emptied.clear()
        _drop_deleted(self.state.positions, changes.positions)
        _drop_deleted(self.state.forks, changes.forks)
        if change.turn.events:
            self.last_event = to_event_time(change.turn.events[-1]["timestamp"])


class RunningExecutions:
    """Express executions and their state, until they end. After a restart there are none."""

    def __init__(self) -> None:
        self._running: dict[int, _Running] = {}
        self._ends: dict[int, asyncio.Future[Execution]] = {}
        self.characters = 0
        """The memory that they take, roughly, in characters."""

    @property
    def state(self) -> "RunningExecutions":
        """The state of running executions."""
        return self

    def __len__(self) -> int:
        """Count the running executions."""
        return len(self._running)

    def watch(self, execution_id: int) -> asyncio.Future[Execution]:
        """Return a future that is done once an execution has ended, with the execution."""
        future = asyncio.get_running_loop().create_future()
        self._ends[execution_id] = future
        return future

    def apply(self, change: ExecutionMoved) -> None:
        """Apply a turn. If it is the last one, forget the execution."""
        execution, end = change.execution, change.turn.end
        if change.is_new:
            self._running[execution.id] = running = _Running(execution)
            self.characters += running.characters
        if end is None:
            self._running[execution.id].apply(change)
            return
        self.characters -= self._running.pop(execution.id).characters
        future = self._ends.pop(execution.id, None)
        if future and not future.done():
            future.set_result(end.apply_to(execution))

    def execution(self, identifier: int) -> Execution | None:
        """Return a running execution by its number."""
        running = self._running.get(identifier)
        return running.execution if running else None

    def execution_named(self, _state_machine_id: int, _name: str) -> Execution | None:
        """Return None: any number of Express executions may have one name."""
        return None

    def due(self) -> Iterator[tuple[datetime, int]]:
        """Yield nothing: there is no execution at the start."""
        return iter(())

    def calling(self) -> list[int]:
        """Return nothing, likewise."""
        return []

    def waiting_for_jobs(self) -> list[tuple[int, str]]:
        """Return nothing: an Express execution cannot wait for a job."""
        return []

    def offered(self) -> list[tuple[int, str]]:
        """Return nothing, likewise: it cannot wait for a worker."""
        return []

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch rests; None if it has ended."""
        running = self._running.get(execution_id_of(branch_id))
        return running.state.positions.get(branch_id) if running else None

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution rest, in the order of their ids."""
        running = self._running.get(execution_id)
        found = sorted(running.state.positions.items()) if running else []
        return [position for _, position in found if position]

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return the progress of a branch's Parallel or Map; None if it is in neither."""
        running = self._running.get(execution_id_of(branch_id))
        return running.state.forks.get(branch_id) if running else None

    def item(self, fork_id: int, index: int) -> str:
        """Return the input that a branch of a fork begins with, or the output it ended with, as JSON text."""
        return self.items(fork_id)[index]

    def items(self, fork_id: int) -> Mapping[int, str]:
        """Return the known inputs and outputs of a fork's branches, by their index."""
        running = self._running.get(execution_id_of(fork_id))
        return running.state.items.get(fork_id, {}) if running else {}

    def map_run(self, _branch_id: int) -> MapRun | None:
        """Return nothing: an Express execution has no Map Runs."""
        return None

    def last_event_at(self, execution_id: int) -> datetime | None:
        """Return when (UTC) the last event of an execution happened; None if there is none."""
        running = self._running.get(execution_id)
        return running.last_event if running else None

    def invocations(self, execution_id: int, state: str) -> int:
        """Return how often a mocked Task of an execution has been invoked."""
        running = self._running.get(execution_id)
        return running.state.invocations.get(state, 0) if running else 0


class ForgetfulJournal:
    """Applies turns to the running executions at once. `stop` ends the endpoint with a reason."""

    backlog: Final = 0

    def __init__(self, executions: RunningExecutions, stop: Callable[[str], None]) -> None:
        self._executions = executions
        self.stop = stop

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Apply a turn. Return a future that is done."""
        if isinstance(change, ExecutionMoved):
            self._executions.apply(change)
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        on_commit()
        return future


def _drop_deleted(kept: dict[int, Any], changed: Mapping[int, Any]) -> None:
    for identifier, value in changed.items():
        if value is None:
            del kept[identifier]
