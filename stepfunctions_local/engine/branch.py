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
