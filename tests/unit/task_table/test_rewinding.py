"""The cursors after a restore of the table, and its shards."""

from dataclasses import replace
from typing import Any

import pytest

from task_table.cursor import Cursor
from task_table.errors import CursorMoved, NoCursor
from task_table.hashing import SHARDS
from task_table.memory import MemoryTable
from task_table.rewinding import rewind
from task_table.sweep import AGES_SECONDS
from tests.unit.task_table.clients import Client, Rules
from tests.unit.task_table.scenarios import KEY
from tests.unit.task_table.simulation import SETTINGS, START, World


@pytest.fixture
def world() -> World:
    return World(ages=AGES_SECONDS)


def test_all_cursors_go_back(world: World) -> None:
    """The drain goes back to 15 minutes before the restore point, and the sweeps to six hours before it."""
    world.minute()
    rewind(world.rows, START - 3600)
    cursor = world.rows.get_cursor()
    assert cursor is not None
    assert cursor.drained == START // 60 - 60 - 15
    sweeps = [world.rows.get_sweep_cursor(age) for age in AGES_SECONDS]
    assert [sweep and sweep.swept for sweep in sweeps] == [START // 60 - 60 - 360 - 1] * 3


def test_second_run_changes_nothing(world: World) -> None:
    """No cursor moves ahead, so that the command may be repeated."""
    rewind(world.rows, START - 3600)
    before = dict(world.rows.items["cursor"])
    rewind(world.rows, START)
    assert world.rows.items["cursor"] == before


@pytest.mark.parametrize("due", [START, START + 30, START + 500])
def test_task_whose_message_was_purged_is_called(world: World, due: int) -> None:
    """A task that waits at the restore point is called, although the queue was purged."""
    Client(world, Rules()).schedule(KEY, due)
    world.messages.messages.clear()
    rewind(world.rows, START)
    world.recover(minutes=12)
    assert [call.row.due for call in world.log.calls] == [due]


def test_table_without_a_cursor_is_refused() -> None:
    """A backup that is older than the first tick has no task, and says so."""
    with pytest.raises(NoCursor):
        rewind(MemoryTable(lambda: START), START)


def test_running_drain_is_refused(world: World) -> None:
    """A cursor that moves meanwhile is not set back: the error says to stop the drain."""

    class BusyTable(MemoryTable):
        def advance_cursor(self, old: object, new: object) -> bool:  # noqa: ARG002 - refuses all
            return False

    busy = BusyTable(lambda: START)
    busy.items = world.rows.items
    with pytest.raises(CursorMoved):
        rewind(busy, START)


def build_cursor(**values: Any) -> Cursor:
    """Return a cursor."""
    return Cursor(drained=1, queue_url="q", keep_seconds=1, attempts=1, made=0, **values)


def test_readers_learn_more_shards_an_hour_before_writers() -> None:
    """The drain and the sweeps read new shards at once, and clients use them an hour later."""
    widened = build_cursor().widen(16, START)
    assert (widened.shards, widened.read_shards) == (SHARDS, 16)
    assert widened.widen(16, START + 3600) == widened
    assert widened.widen(16, START + 3601).shards == 16


def test_number_of_shards_never_falls() -> None:
    """A smaller setting changes nothing, since rows are in the other shards."""
    wide = build_cursor(shards=16, read_shards=16)
    assert wide.widen(8, START) == wide


def test_slow_tick_does_not_take_shards_back() -> None:
    """A tick that read the cursor before it was widened cannot write it."""
    table = MemoryTable(lambda: START)
    old = build_cursor()
    table.make_cursor(old)
    assert table.advance_cursor(old, old.widen(16, START))
    assert not table.advance_cursor(old, replace(old, drained=2))


def test_task_in_a_new_shard_is_called() -> None:
    """A table is widened while it is in use, and tasks in old and new shards are called."""
    world = World()
    client = Client(world, Rules())
    client.schedule("a", START + 4000)
    world.settings = replace(SETTINGS, shards=4)
    world.drain()
    for _ in range(62):
        world.minute()
    cursor = world.rows.get_cursor()
    assert cursor is not None
    assert cursor.shards == 4
    for key in "bcde":
        client.schedule(key, START + 5000)
    world.recover()
    assert {call.row.key for call in world.log.calls} == set("abcde")
