"""The sweeps: 2 minutes, 15 minutes and 6 hours after a slot, they look for its tasks that are still open.

A lost message, a killed worker or a stalled client leaves such a task.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from task_table.cursor import SweepCursor
from task_table.drain import FIRST_SLOTS
from task_table.errors import NoCursor
from task_table.horizon import find_last_minute
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.letter import format_letter
from task_table.message import Message
from task_table.ports import ROWS_READ
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow, compute_expiry
from task_table.transitions import exhaust, relocate
from task_table.write import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from task_table.ports import Clock, Letters, Table
    from task_table.sending import Sender
    from task_table.settings import Settings

AGES_SECONDS: Final = (120, 900, 21_600)
"""How long after its end a slot is swept: twice soon, and once when all retries of the queue are over."""

LOST: Final = "WorkerLost"
"""The error of a task whose last call never answered."""
LOST_CAUSE: Final = (
    "The call neither returned nor failed within its lease: it timed out, or its process ended."
)

_LEFT: Final = (*ENDED, RowStatus.CALLED)
"""A called task has returned, or the queue delivers its message again."""

_SLOTS_AHEAD: Final = 2
"""How far beyond the drain's last minute a copy is put, so that the drain has not passed it."""


class Verdict(Enum):
    """The treatment of a row by a sweep."""

    LEAVE = auto()
    SEND = auto()
    EXHAUST = auto()


def judge(row: KeyRow, now: float, attempts: int) -> Verdict:
    """Return the verdict on an open task of a passed slot."""
    if row.status is RowStatus.WAITING:
        return Verdict.SEND
    if (row.lease or 0) >= now:
        return Verdict.LEAVE
    return Verdict.SEND if row.attempts < attempts else Verdict.EXHAUST


class Sweep:
    """Sweeps slot after slot. Each age has its own cursor: an outage longer than an age skips nothing."""

    def __init__(
        self,
        table: Table,
        sender: Sender,
        letters: Letters,
        *,
        clock: Clock,
        settings: Settings,
        has_time: Callable[[], bool],
        ages_seconds: Sequence[int] = AGES_SECONDS,
    ) -> None:
        self._table = table
        self._sender = sender
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._has_time = has_time
        self._ages_seconds = ages_seconds

    def tick(self) -> int:
        """Sweep all slots that are old enough, or as many as there is time for. Return the tasks found open.

        Raises:
            NoCursor: the drain has never run.

        """
        cursor = self._table.get_cursor()
        if cursor is None:
            raise NoCursor("The first tick of the drain makes the table's cursor: run it first.")
        first = cursor.made // SECONDS - FIRST_SLOTS
        return sum(self._sweep(age, first, cursor.read_shards) for age in self._ages_seconds)

    def _sweep(self, age_seconds: int, first: int, shards: int) -> int:
        found = 0
        cursor = self._open_cursor(age_seconds, first)
        has_time = self._has_time()
        while self._is_due(cursor) and has_time:
            slot = Slot(cursor.swept, cursor.shard)
            # Only the last sweep must not miss a row: the others may read replicas, at half the price.
            is_last = age_seconds == self._ages_seconds[-1]
            page = self._table.query_slot(slot, cursor.after, is_strong=is_last)
            found += self._sweep_rows(page.rows, is_last=is_last)
            has_time = self._has_time()
            cursor = self._advance(cursor, page.after, shards, has_time=has_time)
        return found

    def _open_cursor(self, age_seconds: int, first: int) -> SweepCursor:
        fresh = SweepCursor(age_seconds=age_seconds, swept=first)
        cursor = self._table.get_sweep_cursor(age_seconds)
        if cursor is None:
            self._table.make_cursor(fresh)
        return cursor or self._table.get_sweep_cursor(age_seconds) or fresh

    def _is_due(self, cursor: SweepCursor) -> bool:
        return Slot(cursor.swept, cursor.shard).end + cursor.age_seconds <= self._clock()

    def _advance(self, cursor: SweepCursor, after: str | None, shards: int, *, has_time: bool) -> SweepCursor:
        """Return the cursor after a page. It is written after a slot, between pages, and if time runs out."""
        if after is not None:
            return self._move(cursor, replace(cursor, after=after))
        if cursor.shard + 1 >= shards:
            return self._move(cursor, replace(cursor, swept=cursor.swept + 1, shard=0, after=None))
        moved = replace(cursor, shard=cursor.shard + 1, after=None)
        return moved if has_time else self._move(cursor, moved)

    def _move(self, cursor: SweepCursor, moved: SweepCursor) -> SweepCursor:
        """Write the cursor, and return it, or the one of a tick that was faster."""
        if self._table.advance_cursor(cursor, moved):
            return moved
        return self._table.get_sweep_cursor(cursor.age_seconds) or moved

    def _sweep_rows(self, rows: Sequence[SlotRow], *, is_last: bool) -> int:
        """Settle the open tasks of a page, and return their number."""
        now = self._clock()
        found = self._read_key_rows(rows, is_strong=is_last)
        open_rows = self._find_open(rows, found)
        verdicts = {key: judge(found[key], now, self._settings.attempts) for key in open_rows}
        for key, (row, is_passed) in open_rows.items():
            if verdicts[key] is Verdict.EXHAUST:
                self._exhaust(found[key])
            elif is_last or is_passed:
                self._relocate(row, found[key])
        due = [row for key, (row, _) in open_rows.items() if verdicts[key] is Verdict.SEND]
        self._sender.send([Message.of_row(row) for row in due])
        return len(open_rows)

    def _read_key_rows(self, rows: Sequence[SlotRow], *, is_strong: bool) -> Mapping[str, KeyRow]:
        keys = list(dict.fromkeys(row.key for row in rows))
        found: dict[str, KeyRow] = {}
        for start in range(0, len(keys), ROWS_READ):
            found |= self._table.get_many(keys[start : start + ROWS_READ], is_strong=is_strong)
        return found

    def _find_open(
        self, rows: Sequence[SlotRow], found: Mapping[str, KeyRow]
    ) -> Mapping[str, tuple[SlotRow, bool]]:
        """Return the slot row of each open task by its key, and whether the sweeps have passed that slot."""
        open_rows: dict[str, tuple[SlotRow, bool]] = {}
        for row in rows:
            task = found.get(row.key)
            if task is None or task.status in _LEFT:
                continue
            if task.token == row.token:
                open_rows[row.key] = row, False
            elif row.key not in open_rows and (current := self._find_passed(row, task)):
                open_rows[row.key] = current, True
        return open_rows

    def _find_passed(self, row: SlotRow, task: KeyRow) -> SlotRow | None:
        """Return the slot row of a task that was moved into a slot that no sweep will come to.

        The client that moved it stalled for hours between its two writes, and then died.
        """
        if Slot.of_partition(task.slot).minute > row.slot.minute:
            return None
        return self._table.get_slot_row(task.slot, task.slot_sort_key)

    def _exhaust(self, row: KeyRow) -> None:
        now = int(self._clock())
        write = exhaust(row, now, self._settings.keep_seconds, LOST, LOST_CAUSE)
        # The letter first: the reader drops one too many, but nothing would send a missing one.
        failed = replace(row, status=RowStatus.FAILED, ended=now, error=LOST, cause=LOST_CAUSE)
        self._letters.send(format_letter(failed))
        with suppress(Refused):  # another worker has recorded its end
            self._table.write(write)

    def _relocate(self, row: SlotRow, found: KeyRow) -> None:
        """Copy the slot row of an open task into a slot ahead of the drain and the sweeps."""
        minute = find_last_minute(self._clock()) + _SLOTS_AHEAD
        slot = Slot(minute, row.slot.shard)
        copy = replace(row, slot=slot, expires=compute_expiry(slot, self._settings.keep_seconds))
        self._table.put_slot(copy)
        with suppress(Refused):  # it has ended or was moved, so nothing needs the copy
            self._table.write(relocate(found, copy))
