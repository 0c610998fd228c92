"""When each branch wants to be looked at again."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime

_SPARE = 1024


class Timers:
    """One due time for each branch; setting another replaces it.

    A heap with stale entries left in it, so that setting and cancelling cost next to nothing; it is built
    anew when more than half of it is stale.
    """

    def __init__(self) -> None:
        self._due: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []

    def __len__(self) -> int:
        """Count the branches that wait to be looked at."""
        return len(self._due)

    def load(self, due: Iterable[tuple[datetime, int]]) -> None:
        """Take many due times at once, in their order, where there are none yet."""
        self._heap = list(due)  # what is sorted is a heap
        self._due = {branch_id: moment for moment, branch_id in self._heap}

    def set(self, branch_id: int, due: datetime) -> None:
        """Look at the branch at `due`, and no longer when it was set before."""
        self._due[branch_id] = due
        heapq.heappush(self._heap, (due, branch_id))
        if len(self._heap) > 2 * len(self._due) + _SPARE:
            self._rebuild()

    def cancel(self, branch_id: int) -> None:
        """Look at the branch no more."""
        self._due.pop(branch_id, None)

    def next_due(self) -> datetime | None:
        """Return the earliest due time."""
        while self._heap and self._is_stale(*self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: datetime) -> Iterator[int]:
        """Take out what is due at `now`, in order of due time, what is set meanwhile included."""
        while (due := self.next_due()) is not None and due <= now:
            branch_id = heapq.heappop(self._heap)[1]
            del self._due[branch_id]
            yield branch_id

    def _is_stale(self, due: datetime, branch_id: int) -> bool:
        return self._due.get(branch_id) != due

    def _rebuild(self) -> None:
        self._heap = [(due, branch_id) for branch_id, due in self._due.items()]
        heapq.heapify(self._heap)
