"""Rewinds a table that was restored from a backup: the drain and the sweeps go back to that time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from task_table.drain import FIRST_SLOTS
from task_table.errors import CursorMoved, NoCursor
from task_table.slot import SECONDS
from task_table.sweep import AGES_SECONDS

if TYPE_CHECKING:
    from task_table.cursor import Cursor, SweepCursor
    from task_table.ports import Table

_OPEN_SECONDS: Final = max(AGES_SECONDS)
"""How overdue an open task may be at the restore point: the sweeps have moved older ones ahead."""


def rewind(table: Table, point: int) -> None:
    """Set all cursors of a restored table back to the restore point, in seconds since 1970.

    Before that, stop the drain and the pollers, and purge the queue: its messages may be of tasks that the
    backup does not know, and missing ones are sent again. Calls made since the restore point may come again.
    No cursor moves ahead, so that a second run does no harm.

    Raises:
        NoCursor: the backup is older than the table's first tick, so no task is in it.
        CursorMoved: the drain or a sweep still runs.

    """
    cursor = table.get_cursor()
    if cursor is None:
        raise NoCursor("The backup has no cursor: the table was not in use at that time.")
    for age_seconds in AGES_SECONDS:
        sweep = table.get_sweep_cursor(age_seconds)
        if sweep is not None:
            minute = min(sweep.swept, (point - _OPEN_SECONDS) // SECONDS - 1)
            _move(table, sweep, replace(sweep, swept=minute, shard=0, after=None))
    minute = min(cursor.drained, point // SECONDS - FIRST_SLOTS)
    _move(table, cursor, replace(cursor, drained=minute, shard=0, after=None))


def _move(table: Table, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> None:
    if not table.advance_cursor(old, new):
        raise CursorMoved(f"The cursor {old.sk} moves: stop the drain and the sweeps, and try again.")
