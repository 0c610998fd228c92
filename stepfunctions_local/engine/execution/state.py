"""How an execution stands: its branches, what they wait for, and what those that have ended left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from stepfunctions_local.engine.execution.branch import ForkProgress
from stepfunctions_local.engine.execution.execution import Position


class ExecutionState(Protocol):
    """Knows how executions stand."""

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch stands; nothing where it has ended."""
        ...

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution stand, in the order of their numbers."""
        ...

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return what a branch has begun and waits for."""
        ...

    def item(self, fork_id: int, index: int) -> str:
        """Return, as JSON text, what a branch of a fork has to begin with, or has ended with."""
        ...

    def items(self, fork_id: int) -> Mapping[int, str]:
        """Return all that is known of a fork's branches, by their index."""
        ...


@dataclass(slots=True)
class StateChanges:
    """What has changed: what is gone stands as None. Forks in `emptied` lost their items first."""

    positions: dict[int, Position | None] = field(default_factory=dict)
    forks: dict[int, ForkProgress | None] = field(default_factory=dict)
    items: dict[int, dict[int, str]] = field(default_factory=dict)
    emptied: set[int] = field(default_factory=set)

    def add(self, later: "StateChanges") -> None:
        """Take in what changed later."""
        for fork_id in later.emptied:
            self.empty(fork_id)
        for fork_id, items in later.items.items():
            self.items.setdefault(fork_id, {}).update(items)
        self.positions.update(later.positions)
        self.forks.update(later.forks)

    def empty(self, fork_id: int) -> None:
        """Forget what is known of a fork's branches."""
        self.emptied.add(fork_id)
        self.items.pop(fork_id, None)


class PendingState:
    """A standing with moves that the one below does not know of."""

    __slots__ = ("_below", "changes")

    def __init__(self, below: ExecutionState) -> None:
        self._below = below
        self.changes = StateChanges()

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch stands; nothing where it has ended."""
        changed = self.changes.positions
        return changed[branch_id] if branch_id in changed else self._below.position(branch_id)

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution stand, in the order of their numbers."""
        found: dict[int, Position | None] = {
            position.branch.id: position for position in self._below.positions(execution_id)
        }
        found |= self.changes.positions
        return [position for _, position in sorted(found.items()) if position]

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return what a branch has begun and waits for."""
        changed = self.changes.forks
        return changed[branch_id] if branch_id in changed else self._below.fork(branch_id)

    def item(self, fork_id: int, index: int) -> str:
        """Return what a branch of a fork has to begin with, or has ended with."""
        changed = self.changes.items.get(fork_id, {})
        return changed[index] if index in changed else self._below.item(fork_id, index)

    def items(self, fork_id: int) -> Mapping[int, str]:
        """Return all that is known of a fork's branches, by their index."""
        below = {} if fork_id in self.changes.emptied else self._below.items(fork_id)
        return {**below, **self.changes.items.get(fork_id, {})}
