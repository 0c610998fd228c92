"""How branches are numbered: an execution's root, and those that a Parallel or a Map begins.

One number says which execution it is and which branch of it, so whatever is kept for a branch, a row, a timer
or a call, is kept under one number. The root is number 0 of its execution, any other has the number of its
first event, so no number is given twice, and a branch has a higher one than the one that began it.
"""

from dataclasses import dataclass
from typing import Final

BITS: Final = 16
"""Room for the numbers of 25,000 events."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch; but for the root, number `index` of those that the branch `parent_id` began."""

    id: int
    parent_id: int | None = None
    index: int = 0

    @property
    def execution_id(self) -> int:
        """The execution that it is a branch of."""
        return execution_id_of(self.id)


def root_of(execution_id: int) -> int:
    """Return the number of an execution's root."""
    return execution_id << BITS


def nth_of(execution_id: int, number: int) -> int:
    """Return the number of the branch of an execution that began with the so manieth event."""
    return root_of(execution_id) + number


def all_of(execution_id: int) -> tuple[int, int]:
    """Return the lowest and the highest number that branches of an execution can have."""
    return root_of(execution_id), root_of(execution_id + 1) - 1


def execution_id_of(branch_id: int) -> int:
    """Return which execution a branch is of."""
    return branch_id >> BITS


@dataclass(frozen=True, slots=True)
class ForkProgress:
    """Which of its branches have begun, and what the others wait for.

    `length` branches are to begin in all, at most `at_once` of them open at a time; `begun` have begun, and
    of these `open` have not ended. `output_bytes` is what those that have ended left. The next one to begin
    follows `started_event_id` if it is among the first, else `previous_event_id`, where one made room for it.

    Of the root's fork alone: `last_event_id` is the number that the execution's latest event has.
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
        """Whether all have ended."""
        return self.open == 0 and self.begun == self.length

    @property
    def is_full(self) -> bool:
        """Whether the next one has to wait for another to end."""
        return self.open >= self.at_once

    @property
    def can_begin(self) -> bool:
        """Whether another one can begin now."""
        return self.begun < self.length and not self.is_full
