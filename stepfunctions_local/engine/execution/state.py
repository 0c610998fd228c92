"""The state of an execution: its branches' positions, forks, inputs and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from stepfunctions_local.engine.execution.branch import ForkProgress
from stepfunctions_local.engine.execution.execution import Position
from stepfunctions_local.engine.execution.map_run import MapRun


class ExecutionState(Protocol):
    """Reads the state of executions."""

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch rests; None if it has ended."""
        ...

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution rest, in the order of their ids."""
        ...

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return the progress of a branch's Parallel or Map; None if it is in neither."""
        ...

    def item(self, fork_id: int, index: int) -> str:
        """Return the input that a branch of a fork begins with, or the output it ended with, as JSON text."""
        ...

    def items(self, fork_id: int) -> Mapping[int, str]:
        """Return the known inputs and outputs of a fork's branches, by their index."""
        ...

    def map_run(self, branch_id: int) -> MapRun | None:
        """Return the latest Map Run that a branch has begun; None if there is none."""
        ...

    def last_event_at(self, execution_id: int) -> datetime | None:
        """Return when (UTC) the last event of an execution happened; None if there is none."""
        ...

    def invocations(self, execution_id: int, state: str) -> int:
        """Return how often a mocked Task of an execution has been invoked."""
        ...


@dataclass(slots=True)
class StateChanges:
    """Changes of state. Deleted entries are None. The items of forks in `emptied` were deleted first.

    `invocations`: how often mocked Tasks have been invoked, by the names of their states.
    A Map Run has its items under its id, as a fork. `taken` has the first and the last item that became the
    input of the execution which changes.
    """

    positions: dict[int, Position | None] = field(default_factory=dict)
    forks: dict[int, ForkProgress | None] = field(default_factory=dict)
    items: dict[int, dict[int, str]] = field(default_factory=dict)
    emptied: set[int] = field(default_factory=set)
    invocations: dict[str, int] = field(default_factory=dict)
    runs: dict[int, MapRun] = field(default_factory=dict)
    taken: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, later: "StateChanges") -> None:
        """Add later changes to these."""
        for fork_id in later.emptied:
            self.empty(fork_id)
        for fork_id, items in later.items.items():
            self.items.setdefault(fork_id, {}).update(items)
        self.positions.update(later.positions)
        self.forks.update(later.forks)
        self.invocations.update(later.invocations)
        self.runs.update(later.runs)

    def count_characters(self) -> int:
        """Return the length of the texts in positions and items."""
        characters = 0
        for position in self.positions.values():
            if position:
                characters += position.characters
        for items in self.items.values():
            characters += sum(len(text) for text in items.values())
        return characters

    def empty(self, fork_id: int) -> None:
        """Delete the items of a fork."""
        self.emptied.add(fork_id)
        self.items.pop(fork_id, None)


class PendingState:
    """A state with changes on top that the state below does not have yet.

    `last_event`: when (UTC) the last event on top happened.
    """

    __slots__ = ("_below", "changes", "last_event")

    def __init__(self, below: ExecutionState) -> None:
        self._below = below
        self.changes = StateChanges()
        self.last_event: datetime | None = None

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch rests; None if it has ended."""
        changed = self.changes.positions
        return changed[branch_id] if branch_id in changed else self._below.position(branch_id)

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution rest, in the order of their ids."""
        found: dict[int, Position | None] = {
            position.branch.id: position for position in self._below.positions(execution_id)
        }
        found |= self.changes.positions
        return [position for _, position in sorted(found.items()) if position]

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return the progress of a branch's Parallel or Map; None if it is in neither."""
        changed = self.changes.forks
        return changed[branch_id] if branch_id in changed else self._below.fork(branch_id)

    def item(self, fork_id: int, index: int) -> str:
        """Return the input that a branch of a fork begins with, or the output it ended with, as JSON text."""
        changed = self.changes.items.get(fork_id, {})
        return changed[index] if index in changed else self._below.item(fork_id, index)

    def items(self, fork_id: int) -> Mapping[int, str]:
        """Return the known inputs and outputs of a fork's branches, by their index."""
        below = {} if fork_id in self.changes.emptied else self._below.items(fork_id)
        return {**below, **self.changes.items.get(fork_id, {})}

    def map_run(self, branch_id: int) -> MapRun | None:
        """Return the latest Map Run that a branch has begun; None if there is none."""
        changed = [run for run in self.changes.runs.values() if run.branch_id == branch_id]
        return max(changed, key=lambda run: run.id) if changed else self._below.map_run(branch_id)

    def last_event_at(self, execution_id: int) -> datetime | None:
        """Return when (UTC) the last event of an execution happened; None if there is none."""
        return self.last_event or self._below.last_event_at(execution_id)

    def invocations(self, execution_id: int, state: str) -> int:
        """Return how often a mocked Task of an execution has been invoked."""
        changed = self.changes.invocations
        return changed[state] if state in changed else self._below.invocations(execution_id, state)
