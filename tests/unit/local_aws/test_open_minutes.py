"""The minutes in which a table has open tasks, by its rows as ministack keeps them."""

from collections.abc import Sequence
from typing import Any

from stepfunctions_local.local_aws.program import LEFT, OpenMinutes
from task_table.hashing import PARTITIONS, find_partition
from task_table.item import build_item
from task_table.slot import Slot
from task_table.slot_row import build_sort_key


class Rows:
    """Rows of tasks with a key for each, in a minute."""

    def __init__(self) -> None:
        self.minutes = OpenMinutes()
        self.items: dict[str, dict[str, Any]] = {"cursor": {"cursor": {}}}

    def add(self, minute: int, status: str, *, key: str | None = None) -> str:
        """Add the rows of a task; return its key. A second call moves it."""
        key = key or f"task#{minute}"
        slot = Slot(minute, 3).pk
        sort_key = build_sort_key(minute * 60, key, "0123456789abcdef")
        self.items.setdefault(slot, {})[sort_key] = {}
        partition = self.items.setdefault(f"key#{find_partition(key)}", {})
        partition[key] = build_item({"slot": slot, "status": status})
        return key

    def find(self, *asked: int) -> Sequence[int | None]:
        """Return the first open minutes from these on."""
        return self.minutes.find(self.items, list(asked))


def test_first_minute_with_an_open_task_is_found() -> None:
    """From each of the minutes that are asked for."""
    rows = Rows()
    for minute in (*range(100, 100 + PARTITIONS * 2), 300):
        rows.add(minute, "WAITING")
    rows.add(290, "RUNNING")
    assert rows.find(50, 100, 228, 291, 301) == [100, 100, 290, 300, None]


def test_ended_tasks_need_nothing() -> None:
    """So their minutes are passed over."""
    rows = Rows()
    for minute, status in enumerate(LEFT, 100):
        rows.add(minute, status)
    assert rows.find(50) == [None]


def test_moved_task_is_open_in_its_new_minute_alone() -> None:
    """The row of its old minute stays until it expires."""
    rows = Rows()
    key = rows.add(100, "WAITING")
    rows.add(200, "WAITING", key=key)
    assert rows.find(50, 101, 201) == [200, 200, None]


def test_slot_row_without_a_key_row_is_no_task() -> None:
    """A client may end between the two."""
    rows = Rows()
    rows.items[Slot(100, 0).pk] = {build_sort_key(6000, "lost", "0123456789abcdef"): {}}
    assert rows.find(50) == [None]


def test_later_rows_are_seen() -> None:
    """Slots are listed anew when there are others; rows of a slot are looked up each time."""
    rows = Rows()
    key = rows.add(200, "WAITING")
    assert rows.find(50) == [200]
    rows.add(100, "WAITING")
    assert rows.find(50) == [100]
    rows.add(200, "SUCCEEDED", key=key)
    assert rows.find(150) == [None]
    del rows.items[Slot(100, 3).pk]
    assert rows.find(50) == [None]
