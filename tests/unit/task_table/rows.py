"""Rows for tests."""

from typing import Any

from task_table.key_row import KeyRow, RowStatus
from task_table.settings import Settings
from task_table.slot import Slot
from task_table.slot_row import SlotRow

NOW = 1_800_000_000
TOKEN = "0123456789abcdef"  # noqa: S105 - it names a version of a task
SETTINGS = Settings(
    queue_url="https://queue", keep_seconds=3600, attempts=3, lease_seconds=75, records_end=True
)


def build_slot_row(**values: Any) -> SlotRow:
    """Return a slot row, due now."""
    defaults: dict[str, Any] = {
        "slot": Slot(NOW // 60, 3),
        "key": "order-17",
        "token": TOKEN,
        "due": NOW,
        "payload": '{"order":17}',
        "delay": 60,
        "made": TOKEN,
        "expires": NOW + 90 * 86_400,
    }
    return SlotRow(**{**defaults, **values})


def build_key_row(**values: Any) -> KeyRow:
    """Return the key row of a waiting task, due now."""
    defaults: dict[str, Any] = {
        "key": "order-17",
        "token": TOKEN,
        "made": TOKEN,
        "due": NOW,
        "slot": "slot#30000000#3",
        "status": RowStatus.WAITING,
        "digest": "0" * 16,
        "delay": 60,
        "scheduled": NOW - 60,
    }
    return KeyRow(**{**defaults, **values})
