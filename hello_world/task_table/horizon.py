"""How far the drain looks ahead, and which tasks it may have passed already."""

from __future__ import annotations

from typing import Final

from task_table.slot import SECONDS

LOOK_AHEAD_SECONDS: Final = 600
"""The drain sends the tasks due within this time. SQS delays a message by 900 seconds at most."""

_MARGIN_SECONDS: Final = 120
"""For the clocks of the drain and of the table, which may differ."""


def find_last_minute(now: float) -> int:
    """Return the last minute that the drain sends. `now` is in seconds since 1970."""
    return int(now + LOOK_AHEAD_SECONDS) // SECONDS


def find_horizon(now: float) -> int:
    """Return the second before which the drain may have passed the slot of a task.

    The operation that wrote such a task sends its message itself. `now` is the table's time after the write.
    """
    return (find_last_minute(now + _MARGIN_SECONDS) + 1) * SECONDS
