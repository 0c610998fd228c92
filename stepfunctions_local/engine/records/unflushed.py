"""What is ahead of the records: executions with changes that are not yet written down."""

from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Final

from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.state import Overlay, Standing
from stepfunctions_local.engine.execution.turn import End
from stepfunctions_local.engine.records.change import ExecutionMoved

_RECENT: Final = 16
"""So many executions with branches are kept in memory."""


@dataclass(slots=True)
class Ahead:
    """An execution as it will be on record. `written` comes true when its latest change is."""

    execution: Execution
    standing: Overlay
    changes: int = 0
    written: Awaitable[None] | None = None


class Live:
    """Keeps executions from a change until it is written; the engine looks here before the records."""

    def __init__(self, records: Standing) -> None:
        self._records = records
        self._executions: dict[int, Ahead] = {}
        self._recent: OrderedDict[int, Execution] = OrderedDict()
        self._ids: dict[tuple[int, str], int] = {}

    def find(self, execution_id: int) -> Ahead | None:
        """Return an execution that is ahead of its record."""
        return self._executions.get(execution_id)

    def named(self, state_machine_id: int, name: str) -> Ahead | None:
        """Return such an execution by its name."""
        execution_id = self._ids.get((state_machine_id, name))
        return None if execution_id is None else self._executions[execution_id]

    def moved(self, change: ExecutionMoved) -> Ahead:
        """Take note of a change that is about to be written."""
        execution, end = change.execution, change.burst.end
        ahead = self._executions.setdefault(execution.id, Ahead(execution, Overlay(self._records)))
        ahead.execution = _ended(execution, end) if end else execution
        ahead.standing.moves.add(change.burst.moves)
        ahead.changes += 1
        self._ids[execution.state_machine_id, execution.name] = execution.id
        return ahead

    def written(self, change: ExecutionMoved) -> None:
        """Take note that a change is on record."""
        ahead = self._executions[change.execution.id]
        ahead.changes -= 1
        if not ahead.changes:
            del self._executions[change.execution.id]
            del self._ids[change.execution.state_machine_id, change.execution.name]
            self._remember(ahead.execution, is_forked=bool(change.burst.moves.forks))

    def recent(self, execution_id: int) -> Execution | None:
        """Return an execution with branches that has just moved: they need not read it one by one."""
        return self._recent.get(execution_id)

    def _remember(self, execution: Execution, *, is_forked: bool) -> None:
        self._recent.pop(execution.id, None)
        if is_forked and not execution.stopped:
            self._recent[execution.id] = execution
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)


def _ended(execution: Execution, end: End) -> Execution:
    return replace(
        execution,
        status=end.status,
        stopped=end.at,
        output=end.output,
        error=end.failure.error,
        cause=end.failure.cause,
    )
