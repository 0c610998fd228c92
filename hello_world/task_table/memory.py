"""A table and a queue in memory, for tests: like those on AWS, but lost at the end of the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from task_table.attributes import Attributes, measure, read_rows
from task_table.cursor import PARTITION, Cursor, SweepCursor, name_sweep
from task_table.hashing import find_partition
from task_table.key_row import KeyRow, build_partition_key
from task_table.ports import Clock, Page
from task_table.slot_row import SlotRow
from task_table.write import Change, Creation, Refused, Written, apply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from task_table.message import Message
    from task_table.slot import Slot

PAGE_BYTES: Final = 1_048_576
"""The size at which a page of a query ends. Source: "Paginating table query results"."""


class MemoryTable:
    """A table in memory. It is no faster than needed: a query sorts the rows of its partition."""

    def __init__(self, clock: Clock, page_bytes: int = PAGE_BYTES) -> None:
        self._clock = clock
        self._page_bytes = page_bytes
        self.items: dict[str, dict[str, Attributes]] = {}
        """The rows by partition key and sort key."""
        self.expires_rows = True

    def read_clock(self) -> int:
        """Return the time."""
        return self._now()

    def put_slot(self, row: SlotRow) -> int:
        """Write a slot row."""
        self._put(row.build_attributes())
        return self._now()

    def put_slots(self, rows: Sequence[SlotRow]) -> int:
        """Write slot rows."""
        for row in rows:
            self.put_slot(row)
        return self._now()

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write."""
        after = apply(write, self._get_key_row(write.key))
        self._put(after)
        return Written(KeyRow.of_attributes(after), self._now())

    def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
        """Write the key rows whose keys have none."""
        return [self._insert(row) for row in rows]

    def get(self, key: str) -> KeyRow | None:
        """Return the key row of a task."""
        found = self._get_key_row(key)
        return KeyRow.of_attributes(found) if found else None

    def get_many(self, keys: Sequence[str], *, is_strong: bool = True) -> Mapping[str, KeyRow]:
        """Return the key rows of keys. Every read is strong."""
        del is_strong
        items = [item for key in keys if (item := self._get_key_row(key))]
        return {row.key: row for row in read_rows(KeyRow.of_attributes, items)[0]}

    def get_slot_row(self, pk: str, sk: str) -> SlotRow | None:
        """Return a slot row."""
        found = self._get(pk, sk)
        return SlotRow.of_attributes(found) if found else None

    def query_slot(self, slot: Slot, after: str | None = None, *, is_strong: bool = True) -> Page[SlotRow]:
        """Return rows of a slot. Every read is strong."""
        del is_strong
        rows, last = self._query(slot.pk, "", after)
        readable, unreadable = read_rows(SlotRow.of_attributes, rows)
        return Page(readable, last, unreadable)

    def query_keys(
        self, partition: int, prefix: str = "", after: str | None = None, at_most: int | None = None
    ) -> Page[KeyRow]:
        """Return key rows of a partition."""
        rows, last = self._query(build_partition_key(partition), prefix, after, at_most)
        return Page([KeyRow.of_attributes(row) for row in rows], last)

    def get_cursor(self) -> Cursor | None:
        """Return the drain's cursor."""
        found = self._get(PARTITION, Cursor.sk)
        return Cursor.of_attributes(found) if found else None

    def get_sweep_cursor(self, age_seconds: int) -> SweepCursor | None:
        """Return a sweep's cursor."""
        found = self._get(PARTITION, name_sweep(age_seconds))
        return SweepCursor.of_attributes(found) if found else None

    def make_cursor(self, cursor: Cursor | SweepCursor) -> bool:
        """Write a cursor, if there is none of its name."""
        if self._get(PARTITION, cursor.sk):
            return False
        self._put(cursor.build_attributes())
        return True

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Write a cursor in place of another, if its position is still that one's."""
        found = self._get(PARTITION, old.sk)
        if found is None or any(found[name] != value for name, value in old.position.items()):
            return False
        self._put(new.build_attributes())
        return True

    def set_expiry(self, *, enabled: bool) -> None:
        """Have `expire` delete expired rows, or not."""
        self.expires_rows = enabled

    def expire(self) -> list[Attributes]:
        """Delete the expired rows, as DynamoDB does sooner or later, and return them."""
        now = self._now()
        expired = [
            row
            for partition in self.items.values()
            for row in partition.values()
            if self.expires_rows and now > int(row.get("expires", now))
        ]
        for row in expired:
            del self.items[str(row["pk"])][str(row["sk"])]
        return expired

    def _insert(self, row: KeyRow) -> Written | Exception:
        if found := self.get(row.key):
            return Refused(found)
        self._put(row.build_attributes())
        return Written(row, self._now())

    def _now(self) -> int:
        return int(self._clock())

    def _put(self, attributes: Attributes) -> None:
        self.items.setdefault(str(attributes["pk"]), {})[str(attributes["sk"])] = attributes

    def _get(self, pk: str, sk: str) -> Attributes | None:
        return self.items.get(pk, {}).get(sk)

    def _get_key_row(self, key: str) -> Attributes | None:
        return self._get(build_partition_key(find_partition(key)), key)

    def _query(
        self, pk: str, prefix: str, after: str | None, at_most: int | None = None
    ) -> tuple[list[Attributes], str | None]:
        """Return a page of rows, and the sort key of its last row if there are more."""
        rows: list[Attributes] = []
        size = 0
        for row in self._sort(pk, prefix, after):
            if size >= self._page_bytes or len(rows) == at_most:
                return rows, str(rows[-1]["sk"])
            rows.append(row)
            size += measure(row)
        return rows, None

    def _sort(self, pk: str, prefix: str, after: str | None) -> Iterator[Attributes]:
        """Yield rows in the order of DynamoDB, that of the sort key's UTF-8."""
        start = b"" if after is None else after.encode()
        partition = self.items.get(pk, {})
        for sk in sorted(partition, key=str.encode):
            if sk.startswith(prefix) and (after is None or sk.encode() > start):
                yield partition[sk]


@dataclass
class Delayed:
    """A message in the queue in memory. `visible` is when it can be received, in seconds since 1970."""

    message: Message
    visible: float


@dataclass
class MemoryQueue:
    """A queue in memory that keeps what is sent. Tests deliver its messages as they please."""

    sent: list[Delayed] = field(default_factory=list)

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Keep messages, each hidden until it is due."""
        self.sent += (Delayed(each, now + each.compute_delay_seconds(now)) for each in messages)
        return []
