"""A table in memory whose drain and sweeps pass over minutes without rows, so that a test can skip years."""

from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from task_table.attributes import Attributes
from task_table.cursor import Cursor, SweepCursor
from task_table.errors import UnreadableRow
from task_table.horizon import LOOK_AHEAD_SECONDS, find_last_minute
from task_table.memory import MemoryTable
from task_table.slot import SECONDS, Slot
from task_table.sweep import AGES_SECONDS

_NEVER: Final = float("inf")


class SparseTable(MemoryTable):
    """A table in memory that knows the minutes with rows. `read_time` is the participants' time."""

    def __init__(self, clock: Callable[[], float], read_time: Callable[[], float]) -> None:
        super().__init__(clock)
        self._read_time = read_time
        self._minutes: list[int] = []

    def find_next_drain(self) -> float:
        """Return when the drain finds rows next, in seconds since 1970."""
        cursor = self.get_cursor()
        minute = None if cursor is None else self._find_minute(cursor.drained)
        return _NEVER if minute is None else minute * SECONDS - LOOK_AHEAD_SECONDS

    def is_behind(self) -> bool:
        """Whether the drain has not passed all minutes that it may, with rows or without."""
        cursor = self.get_cursor()
        return cursor is not None and cursor.drained <= find_last_minute(self._read_time())

    def find_next_sweep(self) -> float:
        """Return when a sweep finds rows next, in seconds since 1970."""
        cursors = [cursor for age in AGES_SECONDS if (cursor := self.get_sweep_cursor(age))]
        minutes = [(cursor, self._find_minute(cursor.swept)) for cursor in cursors]
        return min(
            (_find_end(minute) + cursor.age_seconds for cursor, minute in minutes if minute is not None),
            default=_NEVER,
        )

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Move a cursor, and then on to the next minute with rows, or as far as it may go.

        False if it has moved on: its participant then reads it again.
        """
        if not super().advance_cursor(old, new):
            return False
        further = self._pass_over(new) if (new.shard, new.after) == (0, None) else new
        return further == new or not super().advance_cursor(new, further)

    def _pass_over(self, cursor: Cursor | SweepCursor) -> Cursor | SweepCursor:
        if isinstance(cursor, Cursor):
            return replace(cursor, drained=self._choose(cursor.drained, find_last_minute(self._read_time())))
        last = int(self._read_time() - cursor.age_seconds) // SECONDS - 1
        return replace(cursor, swept=self._choose(cursor.swept, last))

    def _choose(self, minute: int, last: int) -> int:
        """Return the next minute with rows, or the one after the last that may be passed."""
        found = self._find_minute(minute)
        return max(minute, last + 1 if found is None else min(found, last + 1))

    def _find_minute(self, first: int) -> int | None:
        """Return the first minute with rows, from this one on."""
        place = bisect_left(self._minutes, first)
        return self._minutes[place] if place < len(self._minutes) else None

    def _put(self, attributes: Attributes) -> None:
        super()._put(attributes)
        minute = _read_minute(str(attributes["pk"]))
        if minute is not None and self._find_minute(minute) != minute:
            insort(self._minutes, minute)


def _find_end(minute: int) -> int:
    return (minute + 1) * SECONDS


def _read_minute(pk: str) -> int | None:
    try:
        return Slot.of_partition(pk).minute
    except UnreadableRow:
        return None
