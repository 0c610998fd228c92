"""One pass over the keys of a table: the numbers, and the tasks of each status."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from delay.console.direct_source import ENDED, sort_by_end
from delay.console.due_tasks import get_order
from delay.task import Counts, Status, Task

MOST_KEYS: Final = 100_000
"""The keys that one pass reads."""

MOST_SHOWN: Final = 2_000
"""The running tasks, and the ended ones of each status, that are kept."""

_COUNTED: Final = (Status.WAITING, Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class KeySurvey:
    """The tasks that a pass found.

    `waiting` are in the order of their due times; `running` and `ended` begin with the latest.
    `is_complete`: the pass came to the last key.
    """

    counts: Counts
    waiting: Sequence[Task]
    running: Sequence[Task]
    ended: Sequence[Task]
    is_complete: bool

    @classmethod
    def of(cls, listing: Iterable[Task], most: int = MOST_KEYS) -> "KeySurvey":
        """Read the first tasks of a listing."""
        tasks = list(islice(listing, most + 1))
        is_complete = len(tasks) <= most
        found: dict[Status, list[Task]] = {status: [] for status in _COUNTED}
        for task in tasks[:most]:
            found[task.status].append(task)
        numbers = {status: len(each) for status, each in found.items()}
        return cls(
            Counts(numbers, frozenset() if is_complete else frozenset(numbers)),
            sorted(found[Status.WAITING], key=get_order),
            heapq.nlargest(MOST_SHOWN, found[Status.RUNNING], key=get_order),
            [task for status in ENDED for task in sort_by_end(found.get(status, ()))[:MOST_SHOWN]],
            is_complete,
        )

    @property
    def note(self) -> str | None:
        """The sentence of a page about a pass that did not come to the last key; None if it did."""
        if self.is_complete:
            return None
        number = sum(self.counts.by_status.values())
        return (
            f"The running and the ended tasks shown are those among the first {number:,} keys, in their "
            "alphabetical order: search by the beginning of a key for others."
        )
