"""Ticks of drain and sweep: what they do in the time that Lambda gives, and the line that they write."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from task_table.connection import Connection
from task_table.hashing import SHARDS, find_shard
from task_table.memory import MemoryQueue, MemoryTable
from task_table.settings import Settings
from task_table.slot import Slot
from task_table.ticks import Ticks
from tests.contract.task_table.rows import NOW, build_row, build_slot_row

SETTINGS = Settings(
    queue_url="https://sqs/tasks", keep_seconds=3_600, attempts=4, lease_seconds=75, records_end=True
)


@dataclass
class Context:
    """A call of a function that has so much time left."""

    left_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return self.left_ms


@dataclass
class Letters:
    """A dead-letter queue that keeps its letters."""

    sent: list[str] = field(default_factory=list)

    def send(self, body: str) -> None:
        """Keep a letter."""
        self.sent.append(body)


@dataclass
class World:
    """A table with its queues and ticks, at a time that tests set."""

    now: float = NOW
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make them."""
        self.table = MemoryTable(self.read_clock)
        self.queue = MemoryQueue()
        connection = Connection(table=self.table, queue=self.queue, letters=Letters(), settings=SETTINGS)
        self.ticks = Ticks(
            connection, clock=self.read_clock, map_all=map, write=self.lines.append, service="delayed-tasks"
        )

    def read_clock(self) -> float:
        """Return the time."""
        return self.now

    def schedule(self, key: str, due: int) -> None:
        """Write the rows of a task."""
        slot = Slot(due // 60, find_shard(key, SHARDS))
        self.table.put_slot(build_slot_row(key=key, due=due, slot=slot))
        self.table.insert([build_row(key=key, due=due, slot=slot.pk)])

    @property
    def sent(self) -> list[str]:
        """The keys of the messages that were sent."""
        return [each.message.key for each in self.queue.sent]

    @property
    def line(self) -> dict[str, Any]:
        """The only line that was written."""
        (line,) = self.lines
        parsed: dict[str, Any] = json.loads(line)
        return parsed


def test_drain_sends_the_tasks_that_are_due_soon() -> None:
    """It returns and writes how many, and how far behind it is."""
    world = World()
    world.schedule("soon", NOW + 300)
    world.schedule("later", NOW + 3_000)
    assert world.ticks.drain(Context()) == {"CursorBehindSeconds": 0, "Sent": 1}
    assert world.sent == ["soon"]
    assert world.line["message"] == "Drained"


def test_line_of_a_tick_has_its_metrics_for_cloudwatch() -> None:
    """In the embedded metric format, with the service as the only dimension."""
    world = World()
    world.ticks.drain(Context())
    assert (world.line["Sent"], world.line["service"]) == (0, "delayed-tasks")
    assert world.line["_aws"] == {
        "Timestamp": NOW * 1000,
        "CloudWatchMetrics": [
            {
                "Namespace": "DelayedTasks",
                "Dimensions": [["service"]],
                "Metrics": [
                    {"Name": "CursorBehindSeconds", "Unit": "Seconds"},
                    {"Name": "Sent", "Unit": "Count"},
                ],
            }
        ],
    }


def test_drain_without_time_leaves_its_slots_to_the_next_tick() -> None:
    """Lambda would end it in the middle of a page, which then is sent twice."""
    world = World()
    world.schedule("soon", NOW + 300)
    metrics = world.ticks.drain(Context(left_ms=10_000))
    assert (metrics["Sent"], world.sent) == (0, [])
    assert metrics["CursorBehindSeconds"] > 600
    world.ticks.drain(Context())
    assert world.sent == ["soon"]


def test_sweep_sends_open_tasks_again() -> None:
    """It returns and writes how many it found."""
    world = World()
    world.ticks.drain(Context())
    world.schedule("forgotten", NOW)
    world.now += 3_600
    world.lines.clear()
    assert world.ticks.sweep(Context()) == {"FoundOpen": 2}
    assert world.sent == ["forgotten", "forgotten"]  # once by each age that has passed
    assert world.line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "FoundOpen", "Unit": "Count"}]


def test_sweep_before_the_first_drain_has_no_metrics() -> None:
    """A new stack's schedules begin in any order, and that is no error."""
    world = World()
    assert world.ticks.sweep(Context()) == {}
    assert world.line == {
        "level": "INFO",
        "message": "The first tick of the drain makes the table's cursor: run it first.",
        "service": "delayed-tasks",
    }


def test_each_tick_has_a_count_of_its_own() -> None:
    """A warm function keeps nothing of the tick before."""
    world = World()
    world.schedule("soon", NOW + 300)
    world.ticks.drain(Context())
    assert world.ticks.drain(Context())["Sent"] == 0


def test_settings_of_a_new_deployment_reach_the_cursor() -> None:
    """Clients learn them there."""
    world = World()
    world.ticks.drain(Context())
    cursor = world.table.get_cursor()
    assert cursor is not None
    world.table.advance_cursor(cursor, replace(cursor, keep_seconds=1))
    world.ticks.drain(Context())
    cursor = world.table.get_cursor()
    assert cursor is not None
    assert cursor.keep_seconds == SETTINGS.keep_seconds
