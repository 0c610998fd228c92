"""A table and queues that count what each request is billed, by DynamoDB's and SQS's rules.

The rules are those of `delay.planning.request_units`. A test compares these counts with those of the real
clients' requests.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.task_table.bill import Bill
from delay.planning.request_units import (
    count_batch_get_units,
    count_query_units,
    count_read_units,
    count_requests,
    count_write_units,
)
from task_table.attributes import Attributes, measure
from task_table.cursor import PARTITION, Cursor, SweepCursor
from task_table.hashing import find_partition
from task_table.key_row import KeyRow, build_partition_key
from task_table.memory import MemoryTable
from task_table.message import Message
from task_table.ports import Letters, Page, Queue
from task_table.slot import Slot
from task_table.slot_row import SlotRow
from task_table.write import Change, Creation, Refused, Written

WRITES = "table-write-unit"
READS = "table-read-unit"
REQUESTS = "sqs-request"


@dataclass(frozen=True, slots=True)
class Account:
    """The part of a bill that one participant runs up. `on_request` is called at each of its requests."""

    bill: Bill
    participant: str
    on_request: Callable[[], object] = lambda: None

    def charge(self, price: str, number: float) -> None:
        """Charge a request."""
        self.bill.add(self.participant, price, number)
        self.on_request()


class MeteredTable:
    """A table in memory, as one participant uses it."""

    def __init__(self, table: MemoryTable, account: Account) -> None:
        self._table = table
        self._account = account

    def read_clock(self) -> int:
        """Charge a weak read of the cursor."""
        size = self._measure(PARTITION, Cursor.sk)
        self._account.charge(READS, count_read_units(size, is_strong=False))
        return self._table.read_clock()

    def put_slot(self, row: SlotRow) -> int:
        """Charge a write."""
        return self.put_slots([row])

    def put_slots(self, rows: Sequence[SlotRow]) -> int:
        """Charge a write for each row."""
        self._account.charge(WRITES, sum(_count_put(row) for row in rows))
        return self._table.put_slots(rows)

    def write(self, write: Creation | Change) -> Written:
        """Charge a write by the larger item, before or after it; also if it is refused."""
        before = self._measure_key(write.key)
        try:
            written = self._table.write(write)
        except Refused:
            self._account.charge(WRITES, count_write_units(0, before))
            raise
        self._account.charge(WRITES, count_write_units(self._measure_key(write.key), before))
        return written

    def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
        """Charge a write for each row, and a strong read of the rows that there are."""
        units = (count_write_units(_measure_row(row), self._measure_key(row.key)) for row in rows)
        self._account.charge(WRITES, sum(units))
        results = self._table.insert(rows)
        taken = [row.key for row, result in zip(rows, results, strict=True) if isinstance(result, Refused)]
        if taken:
            self.get_many(taken)
        return results

    def get(self, key: str) -> KeyRow | None:
        """Charge a strong read."""
        self._charge_read(self._measure_key(key))
        return self._table.get(key)

    def get_many(self, keys: Sequence[str], *, is_strong: bool = True) -> Mapping[str, KeyRow]:
        """Charge a read for each key."""
        if keys:
            sizes = map(self._measure_key, keys)
            self._account.charge(READS, count_batch_get_units(sizes, is_strong=is_strong))
        return self._table.get_many(keys)

    def get_slot_row(self, pk: str, sk: str) -> SlotRow | None:
        """Charge a strong read."""
        self._charge_read(self._measure(pk, sk))
        return self._table.get_slot_row(pk, sk)

    def query_slot(self, slot: Slot, after: str | None = None, *, is_strong: bool = True) -> Page[SlotRow]:
        """Charge a read of a page."""
        page = self._table.query_slot(slot, after)
        self._charge_page((_measure_row(row) for row in page.rows), is_strong=is_strong)
        return page

    def query_keys(
        self, partition: int, prefix: str = "", after: str | None = None, at_most: int | None = None
    ) -> Page[KeyRow]:
        """Charge a weak read of a page."""
        page = self._table.query_keys(partition, prefix, after, at_most)
        self._charge_page((_measure_row(row) for row in page.rows), is_strong=False)
        return page

    def get_cursor(self) -> Cursor | None:
        """Charge a strong read."""
        self._charge_read(self._measure(PARTITION, Cursor.sk))
        return self._table.get_cursor()

    def get_sweep_cursor(self, age_seconds: int) -> SweepCursor | None:
        """Charge a strong read."""
        cursor = self._table.get_sweep_cursor(age_seconds)
        self._charge_read(0 if cursor is None else _measure_row(cursor))
        return cursor

    def make_cursor(self, cursor: Cursor | SweepCursor) -> bool:
        """Charge a write."""
        self._account.charge(WRITES, _count_put(cursor))
        return self._table.make_cursor(cursor)

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Charge a write."""
        self._account.charge(WRITES, count_write_units(_measure_row(new), _measure_row(old)))
        return self._table.advance_cursor(old, new)

    def set_expiry(self, *, enabled: bool) -> None:
        """Charge nothing: TTL is free."""

    def _charge_read(self, size: int) -> None:
        self._account.charge(READS, count_read_units(size, is_strong=True))

    def _charge_page(self, sizes: Iterable[int], *, is_strong: bool) -> None:
        self._account.charge(READS, count_query_units(sum(sizes), is_strong=is_strong))

    def _measure_key(self, key: str) -> int:
        return self._measure(build_partition_key(find_partition(key)), key)

    def _measure(self, pk: str, sk: str) -> int:
        found: Attributes | None = self._table.items.get(pk, {}).get(sk)
        return measure(found) if found else 0


class MeteredQueue:
    """A queue, as one participant sends to it."""

    def __init__(self, queue: Queue, account: Account) -> None:
        self._queue = queue
        self._account = account

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Charge a request for each 64 KB of the batch."""
        sizes = [len(message.format().encode()) for message in messages]
        self._account.charge(REQUESTS, count_requests(sizes))
        return self._queue.send(messages, now)

    def purge(self) -> None:
        """Refuse: no month needs it."""
        raise NotImplementedError


class MeteredLetters:
    """The dead-letter queue, as one participant sends to it."""

    def __init__(self, letters: Letters, account: Account) -> None:
        self._letters = letters
        self._account = account

    def send(self, body: str) -> None:
        """Charge a request for each 64 KB."""
        self._account.charge(REQUESTS, count_requests([len(body.encode())]))
        self._letters.send(body)


def _count_put(row: SlotRow | Cursor | SweepCursor) -> int:
    return count_write_units(_measure_row(row))


def _measure_row(row: SlotRow | KeyRow | Cursor | SweepCursor) -> int:
    return measure(row.build_attributes())
