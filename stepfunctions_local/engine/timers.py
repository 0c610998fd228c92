"""The timers: when each branch is due."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime

_SPARE = 1024
"""Stale entries that are allowed in any case."""


class Timers:
    """One due time (UTC) for each branch. Setting another replaces it.

    Replaced and cancelled entries stay in the heap, so setting and cancelling are cheap. The heap is rebuilt
    when more than half of it is stale.
    """

    def __init__(self) -> None:
        self._due: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []

    def __len__(self) -> int:
        """Count the branches with a due time."""
        return len(self._due)

    def load(self, due: Iterable[tuple[datetime, int]]) -> None:
        """Load sorted due times into empty timers."""
        self._heap = list(due)  # a sorted list is a heap
        self._due = {branch_id: moment for moment, branch_id in self._heap}

    def set(self, branch_id: int, due: datetime) -> None:
        """Set the due time of a branch."""
        self._due[branch_id] = due
        heapq.heappush(self._heap, (due, branch_id))
        if len(self._heap) > 2 * len(self._due) + _SPARE:
            self._rebuild()

    def cancel(self, branch_id: int) -> None:
        """Remove the due time of a branch, if it has one."""
        self._due.pop(branch_id, None)

    def next_due(self) -> datetime | None:
        """Return the earliest due time; None if there is none."""
        while self._heap and self._is_stale(*self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: datetime) -> Iterator[int]:
        """Remove and yield the branches due at `now`, in order. Those set meanwhile are included."""
        while (due := self.next_due()) is not None and due <= now:
            branch_id = heapq.heappop(self._heap)[1]
            del self._due[branch_id]
            yield branch_id

    def _is_stale(self, due: datetime, branch_id: int) -> bool:
        return self._due.get(branch_id) != due

    def _rebuild(self) -> None:
        self._heap = [(due, branch_id) for branch_id, due in self._due.items()]
        heapq.heapify(self._heap)
