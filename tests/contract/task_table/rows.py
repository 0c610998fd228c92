"""Rows for tests of the table. Times are in seconds since 1970."""

from typing import Any

from task_table.key_row import KeyRow, RowStatus
from task_table.slot import Slot
from task_table.slot_row import SlotRow

NOW = 1_795_900_000
"""The present of these tests."""

TOKEN = "0123456789abcdef"  # noqa: S105 - of a task, and no secret
SLOT = Slot(NOW // 60, 3)


def build_row(**values: Any) -> KeyRow:
    """Return the key row of a waiting task."""
    defaults: dict[str, Any] = {
        "key": "order-42",
        "token": TOKEN,
        "made": TOKEN,
        "due": NOW,
        "slot": SLOT.pk,
        "status": RowStatus.WAITING,
        "digest": "44136fa355b3678a",
        "delay": 60,
        "scheduled": NOW - 60,
    }
    return KeyRow(**(defaults | values))


def build_slot_row(**values: Any) -> SlotRow:
    """Return the slot row of that task."""
    defaults: dict[str, Any] = {
        "slot": SLOT,
        "key": "order-42",
        "token": TOKEN,
        "due": NOW,
        "payload": '{"order":42}',
        "delay": 60,
        "made": TOKEN,
        "expires": NOW + 86_400,
    }
    return SlotRow(**(defaults | values))
