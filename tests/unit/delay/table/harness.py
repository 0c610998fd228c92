"""The harness of the table's tests: clients, a function, and the rows that exist."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from delay import Delay, SystemClock
from delay.clock import Clock
from delay.testing import FakeClock, FakeTaskTable
from task_table.slot_row import SlotRow

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
KEY = "order"


class Killed(BaseException):
    """A client's process was killed."""


class WrongClock(SystemClock):
    """The table's clock, shown by a computer whose own is wrong."""

    def __init__(self, right: FakeClock, ahead: timedelta) -> None:
        self._right = right
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the wrong time."""
        return self._right.now() + self._ahead

    def monotonic(self) -> float:
        """Return a monotonic time."""
        return self._right.monotonic()

    def sleep(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._right.sleep(seconds)


def client(table: FakeTaskTable, clock: Clock | None = None) -> Delay:
    """Return a new client, as another process would have it."""
    return Delay(table.arn, backend=table, clock=clock, dead_letter_queue_url=table.dead_letter_queue_url)


def run(event: dict[str, Any], _call: object) -> dict[str, Any]:
    """Fail if the event asks for it, or else return the event."""
    if "fail" in event:
        raise ValueError(event["fail"])
    return event


def list_slot_rows(table: FakeTaskTable, key: str = KEY) -> Sequence[SlotRow]:
    """Return the slot rows of a key."""
    items = [rows for pk, rows in table.rows.items.items() if pk.startswith("slot#")]
    found = [SlotRow.of_attributes(row) for rows in items for row in rows.values()]
    return [row for row in found if row.key == key]


def delete_slot_rows(table: FakeTaskTable) -> None:
    """Delete all slot rows, as DynamoDB does months after their due times."""
    for pk in [pk for pk in table.rows.items if pk.startswith("slot#")]:
        del table.rows.items[pk]


def list_events(table: FakeTaskTable) -> list[dict[str, Any]]:
    """Return the events of the calls, without their delays."""
    return [
        {name: value for name, value in call.event.items() if name != "expirydate"} for call in table.calls
    ]
