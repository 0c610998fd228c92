"""The drain: once a minute, it sends the messages of the tasks due within the next ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from task_table.cursor import Cursor
from task_table.errors import NoCursor
from task_table.horizon import find_last_minute
from task_table.message import Message
from task_table.slot import SECONDS, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from task_table.ports import Clock, Table
    from task_table.sending import Sender
    from task_table.settings import Settings

FIRST_SLOTS: Final = 15
"""The first cursor is this many minutes back, because clients' clocks may be."""

_LATE_SECONDS: Final = 7 * 86_400
"""A drain this far behind has the table keep expired rows: slot rows expire 30 days after `keep`."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The result of a tick. `behind_seconds` is its delay.

    `unreadable` is the number of rows left out.
    """

    sent: int
    behind_seconds: int
    unreadable: int = 0


class Drain:
    """Sends slot after slot. Ticks may overlap or be missed: the cursor says where the next one goes on.

    `has_time` is asked between pages: the next tick goes on where a function has run out of it.
    """

    def __init__(
        self, table: Table, sender: Sender, clock: Clock, settings: Settings, has_time: Callable[[], bool]
    ) -> None:
        self._table = table
        self._sender = sender
        self._clock = clock
        self._settings = settings
        self._has_time = has_time
        self._sent = 0
        self._unreadable = 0
        self._read: list[Message] = []
        """The messages of the rows that were read, but not yet sent."""

    def tick(self) -> Tick:
        """Send all slots up to ten minutes from now, or as many as there is time for."""
        self._sent = self._unreadable = 0
        self._read.clear()
        cursor = self._open_cursor()
        was_late = self._is_late(cursor)
        while cursor.drained <= find_last_minute(self._clock()) and self._has_time():
            cursor = self._drain_slot(cursor)
        # Last, since DynamoDB may refuse it: it accepts a change once an hour.
        self._choose_expiry(cursor, was_late=was_late)
        return Tick(self._sent, self._measure_behind(cursor), self._unreadable)

    def _open_cursor(self) -> Cursor:
        """Return the cursor with today's settings. The first tick makes it."""
        cursor = self._table.get_cursor()
        if cursor is None:
            self._table.make_cursor(self._build_first())
            cursor = self._require_cursor()
        current = self._apply_settings(cursor)
        return cursor if current == cursor else self._move(cursor, current)

    def _build_first(self) -> Cursor:
        now = int(self._clock())
        return Cursor(
            drained=now // SECONDS - FIRST_SLOTS,
            queue_url=self._settings.queue_url,
            keep_seconds=self._settings.keep_seconds,
            attempts=self._settings.attempts,
            made=now,
            shards=self._settings.shards,
            read_shards=self._settings.shards,
        )

    def _apply_settings(self, cursor: Cursor) -> Cursor:
        settings = self._settings
        current = replace(
            cursor,
            queue_url=settings.queue_url,
            keep_seconds=settings.keep_seconds,
            attempts=settings.attempts,
        )
        return current.widen(settings.shards, int(self._clock()))

    def _require_cursor(self) -> Cursor:
        cursor = self._table.get_cursor()
        if cursor is None:
            raise NoCursor("The cursor was deleted while the drain ran.")
        return cursor

    def _drain_slot(self, cursor: Cursor) -> Cursor:
        """Send the rest of a slot, and return the cursor after it, or where the time ran out."""
        minute = cursor.drained
        while cursor.drained == minute and cursor.shard < cursor.read_shards:
            page = self._table.query_slot(Slot(minute, cursor.shard), cursor.after)
            self._read += map(Message.of_row, page.rows)
            self._unreadable += page.unreadable
            has_time = self._has_time()
            cursor = self._note_page(cursor, page.after, has_time=has_time)
            if not has_time:
                return cursor
        if cursor.drained != minute:  # another tick was faster
            return cursor
        return self._move(cursor, replace(cursor, drained=minute + 1, shard=0, after=None))

    def _note_page(self, cursor: Cursor, after: str | None, *, has_time: bool) -> Cursor:
        """Return the cursor after a page.

        Every shard of a quiet slot is empty: to write each down would cost more than to read it again.
        """
        if after is not None:
            return self._move(cursor, replace(cursor, after=after))
        moved = replace(cursor, shard=cursor.shard + 1, after=None)
        return moved if has_time else self._move(cursor, moved)

    def _move(self, cursor: Cursor, moved: Cursor) -> Cursor:
        """Write the cursor beyond what was read, once that is sent. Return it, or that of a faster tick."""
        self._send_read()
        return moved if self._table.advance_cursor(cursor, moved) else self._require_cursor()

    def _send_read(self) -> None:
        """Send what was read. A batch may have rows of several shards: a quiet slot has few in each.

        In the order of their due times, more messages of a batch become visible together, and are received
        together.
        """
        self._sender.send(sorted(self._read, key=attrgetter("due")))
        self._sent += len(self._read)
        self._read.clear()

    def _is_late(self, cursor: Cursor) -> bool:
        return self._clock() - cursor.drained * SECONDS > _LATE_SECONDS

    def _choose_expiry(self, cursor: Cursor, *, was_late: bool) -> None:
        """Keep expired rows while the drain is far behind, and delete them again when it has caught up."""
        has_caught_up = self._measure_behind(cursor) == 0
        if was_late and not has_caught_up and not cursor.keeps_slots:
            self._table.set_expiry(enabled=False)
            self._move(cursor, replace(cursor, keeps_slots=True))
        elif cursor.keeps_slots and has_caught_up:
            self._table.set_expiry(enabled=True)
            self._move(cursor, replace(cursor, keeps_slots=False))

    def _measure_behind(self, cursor: Cursor) -> int:
        return max(0, find_last_minute(self._clock()) + 1 - cursor.drained) * SECONDS
