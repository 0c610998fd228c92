"""Lists the tasks of a table: by their keys, or by their due times."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Final, TypeVar

from delay.listing import Estimate, Listing, Watcher
from delay.many.window import DueWindow
from delay.table.requests import Requests
from delay.table.row_task import build_listed_task
from delay.table.setup import Setup
from delay.task import Status, Task
from task_table.hashing import PARTITIONS
from task_table.key_row import KeyRow
from task_table.ports import Page
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow

T = TypeVar("T")
R = TypeVar("R")

_STATUSES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.OPEN: frozenset({Status.WAITING, Status.RUNNING}),
    Status.STOPPED: frozenset({Status.CANCELLED}),
}
"""The statuses of tasks in a table for those that only listings of executions have."""

_THREADS: Final = 16
_MOST_SLOTS: Final = 1440
"""The longest window, in minutes, for which slots are read and not all keys. A slot is a query a shard."""
_KEYS: Final = 100
"""The rows of a BatchGetItem. Source: its API Reference."""


class TableListing(Listing):
    """Tasks in the order of their keys or, those of a window, of their due times."""

    def __init__(
        self,
        requests: Requests,
        setup: Setup,
        *,
        status: Status | None,
        prefix: str,
        due: bool,
        window: DueWindow | None,
    ) -> None:
        self._requests = requests
        self._setup = setup
        self._status = Status.WAITING if window and status is None else status
        self._prefix = prefix
        self._with_payloads = due
        self._window = window

    @property
    def has_details(self) -> bool:
        """True: a key row has the due time and the error. Payloads are read with `due` or a window."""
        return True

    @property
    def is_sorted_by_due(self) -> bool:
        """Whether the tasks are ordered by due time."""
        return self._window is not None

    def iterate(self, watch: Watcher | None = None) -> Iterator[Task]:
        """Yield the tasks. `watch` receives the number of rows that were read so far."""
        if self._window is None:
            return self._list_by_key(watch)
        return self._list_by_due(self._window, watch)

    def estimate(self) -> Estimate:
        """Return no number: to count rows takes as long as to read them. No quota slows the reading."""
        return Estimate(None, timedelta(0))

    def _list_by_key(self, watch: Watcher | None) -> Iterator[Task]:
        rows = filter(self._is_wanted, _watched(read_key_rows(self._requests, self._prefix), watch))
        if not self._with_payloads:
            return (self._build(row, None) for row in rows)
        return chain.from_iterable(map(self._add_payloads, _batched(rows, _KEYS)))

    def _add_payloads(self, rows: list[KeyRow]) -> Iterable[Task]:
        def read(row: KeyRow) -> Task:
            slot_row = self._requests.ask(lambda table: table.get_slot_row(row.slot, row.slot_sort_key))
            return self._build(row, None if slot_row is None else slot_row.payload)

        return map_in_threads(read, rows)

    def _list_by_due(self, window: DueWindow, watch: Watcher | None) -> Iterator[Task]:
        now = self._requests.clock.now()
        if window.due_from >= now - timedelta(seconds=SECONDS) and _count_slots(window) <= _MOST_SLOTS:
            yield from self._list_slots(window, watch)
            return
        found = (
            self._build(row, None)
            for row in filter(self._is_wanted, _watched(read_key_rows(self._requests, self._prefix), watch))
        )
        yield from sorted(filter(window.contains, found), key=_get_due_order)

    def _list_slots(self, window: DueWindow, watch: Watcher | None) -> Iterator[Task]:
        """Yield the tasks of the slots of a window, slot after slot."""
        read = 0
        first, last = _find_minutes(window)
        shards = range(self._setup.get().read_shards)
        slots = [[Slot(minute, shard) for shard in shards] for minute in range(first, last + 1)]
        for rows in _prefetch(lambda minute: list(chain.from_iterable(map(self._read_slot, minute))), slots):
            tasks = [task for batch in _batched(rows, _KEYS) for task in self._match(batch)]
            yield from sorted(filter(window.contains, tasks), key=_get_due_order)
            read += len(rows)
            if watch:
                watch(read)

    def _read_slot(self, slot: Slot) -> Iterator[SlotRow]:
        yield from _read_pages(lambda after: self._requests.ask(lambda table: table.query_slot(slot, after)))

    def _match(self, rows: list[SlotRow]) -> Iterator[Task]:
        """Yield the tasks of those slot rows to which their key rows point."""
        keys = [row.key for row in rows if row.key.startswith(self._prefix)]
        found = self._requests.ask(lambda table: table.get_many(list(dict.fromkeys(keys)))) if keys else {}
        for row in rows:
            key_row = found.get(row.key)
            if key_row and key_row.token == row.token and self._is_wanted(key_row):
                yield self._build(key_row, row.payload)

    def _is_wanted(self, row: KeyRow) -> bool:
        """Whether a row's task has the status. DynamoDB deletes expired rows days late: they are left out."""
        now = self._requests.clock.now()
        if is_forgotten(row, now):
            return False
        if self._status is None:
            return True
        statuses = _STATUSES.get(self._status, frozenset({self._status}))
        return self._build(row, None).status in statuses

    def _build(self, row: KeyRow, payload: str | None) -> Task:
        return build_listed_task(row, payload, self._requests.arn, self._requests.clock.now())


def is_forgotten(row: KeyRow, now: datetime) -> bool:
    """Return whether a task ended so long ago that its key is free."""
    return row.expires is not None and row.expires < now.timestamp()


def read_key_rows(requests: Requests, prefix: str) -> Iterator[KeyRow]:
    """Yield the key rows of a prefix, in the order of their keys."""
    partitions = [partial(_read_partition, requests, prefix, partition) for partition in range(PARTITIONS)]
    firsts = map_in_threads(lambda read: read(None), partitions)
    streams = (_continue(read, first) for read, first in zip(partitions, firsts, strict=True))
    return heapq.merge(*streams, key=lambda row: row.key.encode())


def read_partitions(requests: Requests, prefix: str) -> Iterator[Iterable[KeyRow]]:
    """Yield the pages of key rows of a prefix, in any order: several partitions are read at once."""

    def read_all(partition: int) -> list[KeyRow]:
        return list(_read_pages(partial(_read_partition, requests, prefix, partition)))

    yield from map_in_threads(read_all, range(PARTITIONS))


def map_in_threads(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the results of a function for items, in their order, several at once."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="delay-table") as pool:
        return list(pool.map(function, items))


def _read_partition(requests: Requests, prefix: str, partition: int, after: str | None) -> Page[KeyRow]:
    return requests.ask(lambda table: table.query_keys(partition, prefix, after))


def _continue(read: Callable[[str | None], Page[KeyRow]], first: Page[KeyRow]) -> Iterator[KeyRow]:
    yield from first.rows
    if first.after is not None:
        yield from _read_pages(read, first.after)


def _read_pages(read: Callable[[str | None], Page[R]], after: str | None = None) -> Iterator[R]:
    while True:
        page = read(after)
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def _prefetch(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the results of a function for items, in their order, while some of the next are computed."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="delay-table") as pool:
        for batch in _batched(items, _THREADS):
            yield from pool.map(function, batch)


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _watched(items: Iterable[T], watch: Watcher | None) -> Iterator[T]:
    for number, item in enumerate(items, 1):
        yield item
        if watch:
            watch(number)


def _find_minutes(window: DueWindow) -> tuple[int, int]:
    first = int(window.due_from.timestamp()) // SECONDS
    return first, int(window.due_until.timestamp()) // SECONDS


def _count_slots(window: DueWindow) -> int:
    first, last = _find_minutes(window)
    return last - first + 1


def _get_due_order(task: Task) -> tuple[datetime, str]:
    return task.due or task.started, task.key
