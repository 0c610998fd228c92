"""The sweeps: 2 minutes, 15 minutes and 6 hours after a slot, they look for its tasks that are still open.

A lost message, a killed worker or a stalled client leaves such a task.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from task_table.cursor import SweepCursor
from task_table.errors import NoCursor
from task_table.horizon import find_last_minute
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.letter import format_letter
from task_table.message import Message
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

_FIRST_SLOTS: Final = 15
_KEYS: Final = 100
"""The rows of a BatchGetItem. Source: its API Reference."""
_SLOTS_AHEAD: Final = 2
"""How far beyond the drain's last minute a copy is put, so that the drain has not passed it."""


class Verdict(Enum):
    """What a sweep does with a row."""

    LEAVE = auto()
    SEND = auto()
    EXHAUST = auto()


def judge(row: SlotRow, found: KeyRow | None, now: float, attempts: int) -> Verdict:
    """Return what a slot row needs, from the key row of its task."""
    if found is None or found.token != row.token or found.status in ENDED:
        return Verdict.LEAVE
    if found.status is RowStatus.WAITING:
        return Verdict.SEND
    # A called task whose lease is over has returned, or the queue delivers its message again.
    if found.status is RowStatus.CALLED or (found.lease or 0) >= now:
        return Verdict.LEAVE
    return Verdict.SEND if found.attempts < attempts else Verdict.EXHAUST


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
    ) -> None:
        self._table = table
        self._sender = sender
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._has_time = has_time

    def tick(self) -> int:
        """Sweep all slots that are old enough, or as many as there is time for. Return the tasks found open.

        Raises:
            NoCursor: the drain has never run.

        """
        cursor = self._table.get_cursor()
        if cursor is None:
            raise NoCursor("The first tick of the drain makes the table's cursor: run it first.")
        first = cursor.made // SECONDS - _FIRST_SLOTS
        return sum(self._sweep(age, first, cursor.shards) for age in AGES_SECONDS)

    def _sweep(self, age_seconds: int, first: int, shards: int) -> int:
        found = 0
        cursor = self._open_cursor(age_seconds, first)
        while self._is_due(cursor) and self._has_time():
            slot = Slot(cursor.swept, cursor.shard)
            page = self._table.query_slot(slot, cursor.after)
            found += self._sweep_rows(page.rows, is_last=age_seconds == AGES_SECONDS[-1])
            cursor = self._advance(cursor, page.after, shards)
        return found

    def _open_cursor(self, age_seconds: int, first: int) -> SweepCursor:
        fresh = SweepCursor(age_seconds=age_seconds, swept=first)
        cursor = self._table.get_sweep_cursor(age_seconds)
        if cursor is None:
            self._table.make_cursor(fresh)
        return cursor or self._table.get_sweep_cursor(age_seconds) or fresh

    def _is_due(self, cursor: SweepCursor) -> bool:
        return (cursor.swept + 1) * SECONDS + cursor.age_seconds <= self._clock()

    def _advance(self, cursor: SweepCursor, after: str | None, shards: int) -> SweepCursor:
        """Return the cursor after a page. It is written after the last shard, or if there are more pages."""
        if after is None and cursor.shard + 1 < shards:
            return replace(cursor, shard=cursor.shard + 1, after=None)
        moved = (
            replace(cursor, after=after)
            if after
            else replace(cursor, swept=cursor.swept + 1, shard=0, after=None)
        )
        if self._table.advance_cursor(cursor, moved):
            return moved
        return self._table.get_sweep_cursor(cursor.age_seconds) or moved

    def _sweep_rows(self, rows: Sequence[SlotRow], *, is_last: bool) -> int:
        now = self._clock()
        found = self._read_key_rows(rows)
        verdicts = [(row, judge(row, found.get(row.key), now, self._settings.attempts)) for row in rows]
        for row, verdict in verdicts:
            if verdict is Verdict.EXHAUST:
                self._exhaust(found[row.key])
        open_rows = [row for row, verdict in verdicts if verdict is Verdict.SEND]
        if is_last:
            for row in rows:
                if _is_open(row, found.get(row.key)):
                    self._relocate(row, found[row.key])
        self._sender.send([Message.of_row(row) for row in open_rows])
        return len(open_rows)

    def _read_key_rows(self, rows: Sequence[SlotRow]) -> Mapping[str, KeyRow]:
        keys = list(dict.fromkeys(row.key for row in rows))
        found: dict[str, KeyRow] = {}
        for start in range(0, len(keys), _KEYS):
            found |= self._table.get_many(keys[start : start + _KEYS])
        return found

    def _exhaust(self, row: KeyRow) -> None:
        now = int(self._clock())
        write = exhaust(row, now, self._settings.keep_seconds, LOST, LOST_CAUSE)
        # The letter first: a letter too many is dropped when it is read, a missing one nobody misses.
        failed = replace(row, status=RowStatus.FAILED, ended=now, error=LOST, cause=LOST_CAUSE)
        self._letters.send(format_letter(failed))
        with suppress(Refused):  # another worker has claimed it, or recorded its end
            self._table.write(write)

    def _relocate(self, row: SlotRow, found: KeyRow) -> None:
        """Copy the slot row of an open task to where the drain and the sweeps will come again."""
        minute = find_last_minute(self._clock()) + _SLOTS_AHEAD
        slot = Slot(minute, row.slot.shard)
        copy = replace(row, slot=slot, expires=compute_expiry(slot, self._settings.keep_seconds))
        self._table.put_slot(copy)
        with suppress(Refused):  # it has ended or was moved, so nothing needs the copy
            self._table.write(relocate(found, copy))


def _is_open(row: SlotRow, found: KeyRow | None) -> bool:
    return found is not None and found.token == row.token and found.status not in ENDED
