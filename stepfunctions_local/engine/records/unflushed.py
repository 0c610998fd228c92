"""The executions with changes that are not yet on disk."""

from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from stepfunctions_local.engine.execution.branch import execution_id_of
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.history import to_event_time
from stepfunctions_local.engine.execution.state import ExecutionState, PendingState
from stepfunctions_local.engine.execution.unit_of_work import MAX_TURN_CHARACTERS, MAX_TURN_EVENTS
from stepfunctions_local.engine.records.change import ExecutionMoved

_RECENT: Final = 16
"""The number of forked executions that are kept in memory."""


@dataclass(slots=True)
class PendingWrite:
    """An execution and its state with unwritten changes. `written` is done once they are on disk.

    `unwritten`: the number of these changes. `events`, `characters`: what they have together.
    """

    execution: Execution
    state: PendingState
    unwritten: int = 0
    events: int = 0
    characters: int = 0
    written: Awaitable[None] | None = None

    def is_ahead(self, branch_id: int) -> bool:
        """Whether a branch has to wait for the disk: for its own last turn, or for many of the others'."""
        return (
            branch_id in self.state.changes.positions
            or self.events >= MAX_TURN_EVENTS
            or self.characters >= MAX_TURN_CHARACTERS
        )


class Unflushed:
    """Keeps each execution from a change until it is on disk. The engine looks here before the records."""

    def __init__(self, records: ExecutionState) -> None:
        self._records = records
        self._executions: dict[int, PendingWrite] = {}
        self._recent: OrderedDict[int, Execution] = OrderedDict()
        self._ids: dict[tuple[int, str], int] = {}

    def find(self, execution_id: int) -> PendingWrite | None:
        """Return an execution with unwritten changes."""
        return self._executions.get(execution_id)

    def is_ahead(self, branch_id: int) -> bool:
        """Whether a branch has to wait for the disk before it goes on."""
        pending = self._executions.get(execution_id_of(branch_id))
        return pending is not None and pending.is_ahead(branch_id)

    def find_named(self, state_machine_id: int, name: str) -> PendingWrite | None:
        """Return an execution with unwritten changes by its name."""
        execution_id = self._ids.get((state_machine_id, name))
        return None if execution_id is None else self._executions[execution_id]

    def hold(self, change: ExecutionMoved) -> PendingWrite:
        """Keep a change that is about to be written."""
        execution, end = change.execution, change.turn.end
        pending = self._executions.setdefault(
            execution.id, PendingWrite(execution, PendingState(self._records))
        )
        pending.execution = end.apply_to(execution) if end else execution
        pending.state.changes.add(change.turn.changes)
        if change.turn.events:
            pending.state.last_event = to_event_time(change.turn.events[-1]["timestamp"])
        pending.unwritten += 1
        pending.events += len(change.turn.events)
        pending.characters += change.turn.characters
        self._ids[execution.state_machine_id, execution.name] = execution.id
        return pending

    def release(self, change: ExecutionMoved) -> None:
        """Release a change that is on disk."""
        pending = self._executions[change.execution.id]
        pending.unwritten -= 1
        if not pending.unwritten:
            del self._executions[change.execution.id]
            del self._ids[change.execution.state_machine_id, change.execution.name]
            self._remember(pending.execution, is_forked=bool(change.turn.changes.forks))

    def find_recent(self, execution_id: int) -> Execution | None:
        """Return a forked execution that has just moved, so that its branches need not each read it."""
        return self._recent.get(execution_id)

    def _remember(self, execution: Execution, *, is_forked: bool) -> None:
        self._recent.pop(execution.id, None)
        if is_forked and not execution.stopped:
            self._recent[execution.id] = execution
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
