"""The drain: once a minute, it sends the messages of the tasks that are due within the next ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

_FIRST_SLOTS: Final = 15
"""The first cursor is this many minutes back, for clients whose clocks are."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The result of a tick. `behind_seconds` is how far it is from where it ought to be."""

    sent: int
    behind_seconds: int


class Drain:
    """Sends slot after slot. Ticks may overlap or be missed: the cursor says where the next one goes on.

    `has_time` is asked between pages: a function that runs out of it is taken up by the next tick.
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

    def tick(self) -> Tick:
        """Send all slots up to ten minutes from now, or as many as there is time for."""
        self._sent = 0
        cursor = self._open_cursor()
        while cursor.drained <= find_last_minute(self._clock()) and self._has_time():
            cursor = self._drain_slot(cursor)
        left = find_last_minute(self._clock()) + 1 - cursor.drained
        return Tick(self._sent, max(0, left) * SECONDS)

    def _open_cursor(self) -> Cursor:
        """Return the cursor with today's settings. The first tick makes it."""
        cursor = self._table.get_cursor()
        if cursor is None:
            self._table.make_cursor(self._build_first())
            cursor = self._require_cursor()
        current = self._apply_settings(cursor)
        if current != cursor and self._table.advance_cursor(cursor, current):
            return current
        return cursor

    def _build_first(self) -> Cursor:
        now = int(self._clock())
        return Cursor(
            drained=now // SECONDS - _FIRST_SLOTS,
            queue_url=self._settings.queue_url,
            keep_seconds=self._settings.keep_seconds,
            attempts=self._settings.attempts,
            made=now,
        )

    def _apply_settings(self, cursor: Cursor) -> Cursor:
        settings = self._settings
        return replace(
            cursor,
            queue_url=settings.queue_url,
            keep_seconds=settings.keep_seconds,
            attempts=settings.attempts,
        )

    def _require_cursor(self) -> Cursor:
        cursor = self._table.get_cursor()
        if cursor is None:
            raise NoCursor("The cursor was deleted while the drain ran.")
        return cursor

    def _drain_slot(self, cursor: Cursor) -> Cursor:
        """Send the rest of a slot, and return the cursor after it, or where the time ran out."""
        while cursor.shard < cursor.shards:
            page = self._table.query_slot(Slot(cursor.drained, cursor.shard), cursor.after)
            self._sender.send([Message.of_row(row) for row in page.rows])
            self._sent += len(page.rows)
            # Every shard of a quiet slot is empty: noting each would cost more than reading it again.
            if page.after is None:
                cursor = replace(cursor, shard=cursor.shard + 1, after=None)
                continue
            moved = replace(cursor, after=page.after)
            if not self._table.advance_cursor(cursor, moved):
                return self._require_cursor()
            cursor = moved
            if not self._has_time():
                return cursor
        moved = replace(cursor, drained=cursor.drained + 1, shard=0, after=None)
        return moved if self._table.advance_cursor(cursor, moved) else self._require_cursor()
