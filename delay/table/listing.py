"""Lists the tasks of a table: by their keys, or by their due times."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, dropwhile, takewhile
from typing import Final

from delay.listing import Estimate, Listing, Watcher, watched
from delay.many.window import DueWindow
from delay.table.changing import is_forgotten
from delay.table.pages import batched, map_ahead, read_key_rows, read_slot_rows
from delay.table.requests import Requests
from delay.table.row_task import build_listed_task, derive_status
from delay.table.setup import Setup
from delay.task import Status, Task
from task_table.key_row import KeyRow
from task_table.ports import ROWS_READ
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow, build_sort_key

_STATUSES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.OPEN: frozenset({Status.WAITING, Status.RUNNING}),
    Status.STOPPED: frozenset({Status.CANCELLED}),
    Status.TIMED_OUT: frozenset(),
    Status.RESCHEDULED: frozenset(),
}
"""The statuses of tasks in a table for those that only executions have."""

_MOST_SLOTS: Final = 1440
"""The longest window, in minutes, for which slots are read and not all keys. A slot is a query a shard."""


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
        """True: a key row has the due time and the error."""
        return True

    @property
    def has_payloads(self) -> bool:
        """Whether payloads are read: with `due` or a window. Each is in another row."""
        return self._with_payloads or self._window is not None

    @property
    def is_sorted_by_due(self) -> bool:
        """Whether the tasks are ordered by due time."""
        return self._window is not None

    def iterate(self, watch: Watcher | None = None) -> Iterator[Task]:
        """Yield the tasks. `watch` receives the number of rows read so far.

        Raises:
            NoSuchTable: there is no such table, or it is not one of tasks.

        """
        self._setup.get()
        self._requests.check_clock()  # by a wrong one, tasks may seem forgotten
        if self._status is not None and not self._wanted:
            return iter(())
        if self._window is None:
            return self._list_by_key(watch)
        return self._list_by_due(self._window, watch)

    def estimate(self) -> Estimate:
        """Return no number: to count rows takes as long as to read them. No quota slows the reading."""
        return Estimate(None, timedelta(0))

    @property
    def _wanted(self) -> frozenset[Status]:
        if self._status is None:
            return frozenset(Status)
        return _STATUSES.get(self._status, frozenset({self._status}))

    def _list_by_key(self, watch: Watcher | None) -> Iterator[Task]:
        rows = self._read_wanted(watch)
        return self._add_payloads(rows) if self._with_payloads else (self._build(row, None) for row in rows)

    def _list_by_due(self, window: DueWindow, watch: Watcher | None) -> Iterator[Task]:
        now = self._requests.clock.now()
        if window.due_from >= now - timedelta(seconds=SECONDS) and _count_slots(window, now) <= _MOST_SLOTS:
            return self._list_slots(window, watch)
        rows = (row for row in self._read_wanted(watch) if window.contains(self._build(row, None)))
        return self._add_payloads(sorted(rows, key=lambda row: build_sort_key(row.due, row.key, "")))

    def _read_wanted(self, watch: Watcher | None) -> Iterator[KeyRow]:
        return filter(self._is_wanted, watched(read_key_rows(self._requests, self._prefix), watch))

    def _add_payloads(self, rows: Iterable[KeyRow]) -> Iterator[Task]:
        return map_ahead(self._add_payload, rows)

    def _add_payload(self, row: KeyRow) -> Task:
        slot_row = self._requests.ask_table(lambda table: table.get_slot_row(row.slot, row.slot_sort_key))
        return self._build(row, None if slot_row is None else slot_row.payload)

    def _list_slots(self, window: DueWindow, watch: Watcher | None) -> Iterator[Task]:
        """Yield the tasks of the slots of a window. They are read page by page, as they are consumed."""
        first, last = window.due_from.timestamp(), window.due_until.timestamp()
        rows = watched(read_slot_rows(self._requests, self._list_minutes(window)), watch)
        due = takewhile(lambda row: row.due <= last, dropwhile(lambda row: row.due < first, rows))
        return chain.from_iterable(map_ahead(lambda rows: list(self._match(rows)), batched(due, ROWS_READ)))

    def _list_minutes(self, window: DueWindow) -> Iterator[list[Slot]]:
        """Yield the slots of each minute, the first ones together.

        A past-due task may be in a later slot than its own, up to the present one, by the table's clock.
        """
        first, last = _find_minutes(window, self._requests.clock.now())
        together = min(last, _find_minute(self._requests.clock.now()) + 1)
        shards = range(self._setup.get().read_shards)
        later = range(max(first, together + 1), last + 1)
        groups = [range(first, together + 1), *([minute] for minute in later)]
        for minutes in groups:
            if slots := [Slot(minute, shard) for minute in minutes for shard in shards]:
                yield slots

    def _match(self, rows: list[SlotRow]) -> Iterator[Task]:
        """Yield the tasks of those slot rows to which their key rows point."""
        keys = list(dict.fromkeys(row.key for row in rows if row.key.startswith(self._prefix)))
        found = self._requests.ask_table(lambda table: table.get_many(keys)) if keys else {}
        for row in rows:
            key_row = found.get(row.key)
            is_current = key_row and (key_row.token, key_row.slot) == (row.token, row.slot.pk)
            if key_row and is_current and self._is_wanted(key_row):
                yield self._build(key_row, row.payload)

    def _is_wanted(self, row: KeyRow) -> bool:
        now = self._requests.clock.now()
        return not is_forgotten(row, now.timestamp()) and derive_status(row, now) in self._wanted

    def _build(self, row: KeyRow, payload: str | None) -> Task:
        return build_listed_task(row, payload, self._requests.arn, self._requests.clock.now())


def _find_minutes(window: DueWindow, now: datetime) -> tuple[int, int]:
    """Return the first and the last minute of the slots that tasks of a window can be in."""
    return _find_minute(window.due_from), max(_find_minute(window.due_until), _find_minute(now) + 1)


def _find_minute(moment: datetime) -> int:
    return int(moment.timestamp()) // SECONDS


def _count_slots(window: DueWindow, now: datetime) -> int:
    first, last = _find_minutes(window, now)
    return last - first + 1
