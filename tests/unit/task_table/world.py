"""A table in memory with its queues and participants, at a time that tests set."""

import json
from dataclasses import dataclass, field
from typing import Any

from task_table.connection import Connection
from task_table.hashing import SHARDS, find_shard
from task_table.memory import MemoryQueue, MemoryTable
from task_table.settings import Settings
from task_table.slot import Slot
from task_table.slot_row import SlotRow
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
class Receipts:
    """Received messages: keeps which were given back, and after how many seconds they come again."""

    given_back: list[tuple[str, int]] = field(default_factory=list)
    error: Exception | None = None

    def give_back(self, receipt: str, after_seconds: int) -> None:
        """Give a message back."""
        if self.error:
            raise self.error
        self.given_back.append((receipt, after_seconds))


@dataclass
class World:
    """A table with its queues and ticks, at a time that tests set."""

    now: float = NOW
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make them."""
        self.table = MemoryTable(self.read_clock)
        self.queue = MemoryQueue()
        self.letters = Letters()
        self.receipts = Receipts()
        self.connection = Connection(
            table=self.table,
            queue=self.queue,
            letters=self.letters,
            receipts=self.receipts,
            settings=SETTINGS,
        )
        self.ticks = Ticks(
            self.connection,
            clock=self.read_clock,
            map_all=map,
            write=self.lines.append,
            service="delayed-tasks",
        )

    def read_clock(self) -> float:
        """Return the time."""
        return self.now

    def schedule(self, key: str, due: int = NOW, payload: str = '{"order":42}') -> SlotRow:
        """Write the rows of a task, and return its slot row."""
        slot = Slot(due // 60, find_shard(key, SHARDS))
        row = build_slot_row(key=key, due=due, slot=slot, payload=payload)
        self.table.put_slot(row)
        self.table.insert([build_row(key=key, due=due, slot=slot.pk)])
        return row

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
