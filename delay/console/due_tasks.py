"""The waiting tasks of a table that are due in a window, read in their order up to a bound."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from delay.task import Task

MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)

_SHARDS: Final = 8
"""Twice the shards of a table by default: the bounds hold for one that was widened, too."""

MOST_DUE: Final = 20_000
"""The tasks of one read."""

Place: TypeAlias = tuple[datetime, str]
"""A place in the order of a table. One without a key stands before all tasks of its time."""

_KEY_END: Final = "#"
"""The character after a key in the order of a table: `a!` stands before `a`."""


@dataclass(frozen=True, slots=True)
class DueTasks:
    """All tasks after one place up to another (included), in the order of the table.

    `read` is how many were read for them.
    `is_cut`: there are more tasks in the window that was asked for.
    """

    tasks: Sequence[Task]
    begin: Place
    end: Place
    read: int
    is_cut: bool = False

    @classmethod
    def of(
        cls, listing: Iterable[Task], begin: Place, due_until: datetime, most: int = MOST_DUE
    ) -> "DueTasks":
        """Read a listing by due time from a place on, until the tasks are enough."""
        tasks: list[Task] = []
        number = 0
        for number, task in enumerate(listing, 1):
            if len(tasks) >= most:
                return cls(tasks, begin, get_order(tasks[-1]), number, is_cut=True)
            if get_order(task) > begin:
                tasks.append(task)
        return cls(tasks, begin, (due_until + SECOND, ""), number)

    @property
    def due_until(self) -> datetime:
        """The last second of which all tasks were read."""
        return self.end[0] - SECOND

    @property
    def cost(self) -> int:
        """The number of billed reads: a query for each shard of a minute, and a row for each task."""
        minutes = (self.due_until - self.begin[0]) // MINUTE + 1
        return minutes * _SHARDS + self.read

    def contains(self, task: Task) -> bool:
        """Whether a task is due where tasks were read."""
        return task.due is not None and self.begin < get_order(task) <= self.end

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> Counter[datetime]:
        """Return the numbers of tasks due in the minutes of a window."""
        due = (task.due for task in self.tasks if task.due)
        return Counter(floor_minute(moment) for moment in due if due_from <= moment <= due_until)


def get_order(task: Task) -> Place:
    """Return a task's place."""
    return build_place(task.due or task.started, task.key)


def build_place(due: datetime, key: str) -> Place:
    """Return the place of a due time and a key."""
    return due, key and f"{key}{_KEY_END}"


def parse_key(place: Place) -> str:
    """Return the key of a place."""
    return place[1].removesuffix(_KEY_END)


def floor_minute(moment: datetime) -> datetime:
    """Return the beginning of a minute."""
    return moment.replace(second=0, microsecond=0)
