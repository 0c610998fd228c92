"""The ids of branches: an execution's root, and the branches of its Parallel and Map states.

A branch id holds the execution's id too, so every row, timer and call of a branch is kept under one number.
In its lower bits the root has 0, and any other branch the number of its first event.
So no id is given twice, and a branch has a higher id than its parent.

The ids of Express executions are negative. They are never on disk, and their histories have no limit, so
their branch ids have more of the lower bits.
"""

from dataclasses import dataclass
from typing import Final

BITS: Final = 16
"""Enough for the number of any event: see `history.MAX_EVENTS`."""

_EXPRESS_BITS: Final = 40
"""Enough for the events of five minutes."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch. All but the root have a parent, and are number `index` of its branches."""

    id: int
    parent_id: int | None = None
    index: int = 0

    @property
    def execution_id(self) -> int:
        """The id of the branch's execution."""
        return execution_id_of(self.id)


def root_of(execution_id: int) -> int:
    """Return the id of an execution's root."""
    return execution_id << _count_bits(execution_id)


def branch_id_of(execution_id: int, first_event_id: int) -> int:
    """Return the id of the branch that begins with an event of an execution."""
    return root_of(execution_id) + first_event_id


def branch_id_range(execution_id: int) -> tuple[int, int]:
    """Return the lowest and the highest id that a branch of an execution can have."""
    return root_of(execution_id), root_of(execution_id + 1) - 1


def execution_id_of(branch_id: int) -> int:
    """Return the id of a branch's execution."""
    return branch_id >> _count_bits(branch_id)


def _count_bits(identifier: int) -> int:
    return BITS if identifier >= 0 else _EXPRESS_BITS


@dataclass(frozen=True, slots=True)
class ForkProgress:
    """The progress of a Parallel or a Map.

    `branch_id`: the branch that forked.
    `length`: branches in all; `at_once`: branches that may run at a time.
    `begun`: branches started so far. `open`: of those, still running.
    `output_bytes`: size of the joined outputs so far.
    `started_event_id`: the event that the first `at_once` branches follow.
    `previous_event_id`: the event that any later one follows, the last of the branch that made room for it.
    `last_event_id`: the execution's latest event; kept for the root's fork alone.
    """

    branch_id: int
    state: str
    started_event_id: int
    previous_event_id: int
    length: int
    at_once: int
    begun: int = 0
    open: int = 0
    output_bytes: int = 0
    last_event_id: int = 0

    @property
    def is_over(self) -> bool:
        """Whether all branches have ended."""
        return self.open == 0 and self.begun == self.length

    @property
    def is_full(self) -> bool:
        """Whether the next branch has to wait for another to end."""
        return self.open >= self.at_once

    @property
    def can_begin(self) -> bool:
        """Whether another branch can begin now."""
        return self.begun < self.length and not self.is_full
