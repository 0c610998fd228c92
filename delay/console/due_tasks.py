"""The waiting tasks of a table that are due in a window, read minute by minute up to a bound."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delay.task import Task

MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)

_SHARDS: Final = 8
"""Twice the shards of a table by default: the bounds hold for one that was widened, too."""

MOST_DUE: Final = 20_000
"""The tasks after which the next minute is not read."""


@dataclass(frozen=True, slots=True)
class DueTasks:
    """All tasks that are due from one time to another (UTC, both included), in their order."""

    tasks: Sequence[Task]
    due_from: datetime
    due_until: datetime

    @classmethod
    def of(
        cls, listing: Iterable[Task], due_from: datetime, due_until: datetime, most: int = MOST_DUE
    ) -> "DueTasks":
        """Read a listing by due time, and stop before a minute once the tasks are enough.

        A minute is read whole, as the client reads it.
        """
        tasks: list[Task] = []
        for task in listing:
            due = task.due or due_from
            if len(tasks) >= most and floor_minute(due) > floor_minute(tasks[-1].due or due_from):
                return cls(tasks, due_from, floor_minute(due) - SECOND)
            tasks.append(task)
        return cls(tasks, due_from, due_until)

    @property
    def cost(self) -> int:
        """The number of billed reads: a query for each shard of a minute, and a row for each task."""
        minutes = (self.due_until - self.due_from) // MINUTE + 1
        return minutes * _SHARDS + len(self.tasks)

    def contains(self, due: datetime) -> bool:
        """Whether a due time is among those that were read."""
        return self.due_from <= due <= self.due_until

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> Counter[datetime]:
        """Return the numbers of tasks due in the minutes of a window."""
        due = (task.due for task in self.tasks if task.due)
        return Counter(floor_minute(moment) for moment in due if due_from <= moment <= due_until)


def floor_minute(moment: datetime) -> datetime:
    """Return the beginning of a minute."""
    return moment.replace(second=0, microsecond=0)
