"""The drain and the sweeps: how far one run comes, and what it writes."""

from dataclasses import replace

import pytest

from task_table.cursor import Cursor, SweepCursor
from task_table.errors import NoCursor, UnreadableRow
from task_table.key_row import RowStatus
from task_table.memory import MemoryTable
from task_table.sending import NotAccepted, Sender
from task_table.slot import Slot
from tests.unit.task_table.clients import Client, Rules
from tests.unit.task_table.rows import build_slot_row
from tests.unit.task_table.scenarios import KEY, die, raise_error
from tests.unit.task_table.simulation import SETTINGS, START, World


def test_first_tick_makes_the_cursor_15_minutes_back() -> None:
    """The drain of a new table begins before the time of clients whose clocks are behind."""
    world = World()
    world.rows.items.clear()
    world.drain_for(pages=0)
    cursor = world.rows.get_cursor()
    assert cursor is not None
    assert (cursor.drained, cursor.made) == (START // 60 - 15, START)


def test_sweep_before_the_first_tick_is_refused() -> None:
    """A sweep says that the drain has never run."""
    world = World()
    world.rows.items.clear()
    with pytest.raises(NoCursor):
        world.sweep()


def test_slot_of_many_pages_is_taken_up_where_the_time_ran_out() -> None:
    """Ticks that have time for one page each send all rows of a slot, and no row twice."""
    world = World(page_bytes=1)
    client = Client(world, Rules())
    for number in range(5):
        client.schedule(f"k{number}", START + 1000)
    world.skip_to(START // 60 + 16)
    world.now += 1000
    for _ in range(5):
        world.drain_for(pages=1)
    assert len(world.messages.messages) == 5


def test_slot_of_many_shards_is_taken_up_where_the_time_ran_out() -> None:
    """Ticks that have time for one shard each come to the end of a slot."""
    world = World(settings=replace(SETTINGS, shards=8))
    Client(world, Rules()).schedule("k7", START + 1000)
    world.skip_to(START // 60 + 16)
    world.now += 1000
    for _ in range(8):
        world.drain_for(pages=1)
    assert len(world.messages.messages) == 1


def test_faster_tick_is_not_set_back() -> None:
    """A tick that another has overtaken goes on from the cursor of that one."""
    world = World()
    old = world.rows.get_cursor()
    assert old is not None
    world.now += 120
    world.drain()
    ahead = world.rows.get_cursor()
    assert ahead is not None
    assert not world.rows.advance_cursor(old, replace(old, drained=old.drained + 1))
    assert world.rows.get_cursor() == ahead


def test_exhausted_task_is_not_copied() -> None:
    """The last sweep writes no copy of the slot row of a task that it has failed."""
    world = World(behavior=die)
    Client(world, Rules()).schedule(KEY, START)
    for _ in range(SETTINGS.attempts):
        world.deliver()
        world.now += 90
    world.messages.messages.clear()
    world.now += 1000
    world.sweep()
    row = world.rows.get(KEY)
    assert row is not None
    assert (row.status, row.error) == (RowStatus.FAILED, "WorkerLost")
    assert [pk for pk in world.rows.items if pk.startswith("slot#")] == [f"slot#{START // 60}#0"]


def test_called_task_is_not_copied() -> None:
    """A sweep leaves a task whose end is not recorded."""
    world = World(settings=replace(SETTINGS, records_end=False))
    Client(world, Rules()).schedule(KEY, START)
    world.deliver()
    world.now += 1000
    world.sweep()
    assert [pk for pk in world.rows.items if pk.startswith("slot#")] == [f"slot#{START // 60}#0"]
    assert world.messages.messages == []


def test_open_task_comes_again_after_the_last_sweep() -> None:
    """The last sweep copies the slot row of an open task to where the drain and the sweeps come again."""
    world = World(behavior=raise_error)
    Client(world, Rules()).schedule(KEY, START)
    world.deliver()
    world.messages.messages.clear()
    world.now += 1000
    world.sweep()
    row = world.rows.get(KEY)
    assert row is not None
    assert row.slot == f"slot#{(START + 1000 + 600) // 60 + 2}#0"
    assert world.rows.get_slot_row(row.slot, row.slot_sort_key) is not None


def test_message_that_is_never_accepted_is_reported() -> None:
    """A queue that refuses a message five times fails the tick, whose cursor stays."""

    class FullQueue:
        def send(self, messages: list[object], now: float) -> list[object]:  # noqa: ARG002 - refuses all
            return messages

    sender = Sender(FullQueue(), lambda: START)  # type: ignore[arg-type]
    with pytest.raises(NotAccepted):
        sender.send([build_slot_row()])  # type: ignore[list-item]


def test_cursors_are_read_as_they_were_written() -> None:
    """Each cursor comes back from its attributes."""
    cursor = Cursor(drained=5, shard=2, after="x", queue_url="q", keep_seconds=1, attempts=4, made=3)
    assert Cursor.of_attributes(cursor.build_attributes()) == cursor
    sweep = SweepCursor(age_seconds=120, swept=7, shard=1, after="x")
    assert SweepCursor.of_attributes(sweep.build_attributes()) == sweep


def test_newer_table_is_refused() -> None:
    """A table of a newer format says that this release is to be updated."""
    cursor = Cursor(drained=5, queue_url="q", keep_seconds=1, attempts=4, made=3, version=2)
    with pytest.raises(UnreadableRow, match="update"):
        Cursor.of_attributes(cursor.build_attributes())


def test_cursor_of_another_sweep_is_refused() -> None:
    """A sort key without an age raises UnreadableRow."""
    with pytest.raises(UnreadableRow):
        SweepCursor.of_attributes({"pk": "cursor", "sk": "sweep#soon", "swept": 1})


def test_rows_of_a_page_are_in_the_order_of_utf_8() -> None:
    """The table in memory orders keys as DynamoDB does, and ends its pages as early."""
    table = MemoryTable(lambda: START, page_bytes=1)
    rows = [build_slot_row(key=key) for key in ("🦀", "\uffff", "a", "é")]
    table.put_slots(rows)
    page, found = table.query_slot(rows[0].slot), []
    while page.after is not None:
        found += [row.key for row in page.rows]
        page = table.query_slot(rows[0].slot, page.after)
    assert found + [row.key for row in page.rows] == ["a", "é", "\uffff", "🦀"]


def test_foreign_row_stops_neither_the_drain_nor_a_sweep() -> None:
    """A client in another language may write anything: the slot's other rows are sent, and it is counted."""
    world = World()
    Client(world, Rules()).schedule(KEY, START + 1000)
    slots = [pk for pk in world.rows.items if pk.startswith("slot#")]
    world.rows.items[slots[0]]["no sort key of a task"] = {"pk": slots[0], "sk": "no sort key of a task"}
    page = world.rows.query_slot(Slot.of_partition(slots[0]))
    assert ([row.key for row in page.rows], page.unreadable) == ([KEY], 1)
    world.rows.items.setdefault("key#58", {})["x"] = {"pk": "key#58", "sk": "x"}
    assert world.rows.get_many(["x", KEY]).keys() == {KEY}
