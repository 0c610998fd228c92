"""Tasks on AWS: read at a part of the quotas, kept, and shown with their age.

Listing is cheap there, and gives neither due times nor payloads: each task takes two calls of its own, of
which an account has 10 to 15 a second in all. So a page shows at once what is known, and the rest is read
behind it, first the tasks that a page has just asked for.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock, Thread
from typing import Final

from delay.client import Delay
from delay.console.direct_source import (
    ENDED,
    LATELY,
    build_page,
    format_place,
    is_in_window,
    parse_place,
    sort_by_end,
)
from delay.console.search import Search
from delay.console.source import CountPage, Freshness, MinutePage, TaskPage, TaskRead
from delay.errors import DelayError, NoSuchTask
from delay.task import Counts, Status, Task

DETAILS_PER_SECOND: Final = 2.0
"""Tasks described in a second: at most a third of the smaller quota, since each takes two calls."""

ROWS_PER_SECOND: Final = 20.0
"""The same of a table, whose rows no quota limits: it is a matter of cost."""

MOST_LISTED: Final = 2_000
"""Tasks of a status that are listed: two calls of ListExecutions."""

_LIST_SECONDS: Final = 20.0
"""How long a list is kept."""

_COUNT_SECONDS: Final = 300.0
"""How long the counts are kept: at 1,000,000 tasks they take a thousand calls."""

_DETAILS_SECONDS: Final = 120.0
"""How long the details of an open task are kept: it may be moved, cancelled or called meanwhile."""

_READ_SECONDS: Final = 10.0
"""How long a task with its history is kept."""

_MOST_DETAILS: Final = 20_000
_MOST_WANTED: Final = 200


@dataclass(frozen=True, slots=True)
class _Read:
    """A value, the monotonic time at which it was read, and why the last attempt failed."""

    value: object
    at: float
    error: str | None = None


class PacedSource:
    """The tasks of a client on AWS. Nothing is read before a page asks for it.

    `per_second` is how many tasks are described in a second.
    `start` runs a function beside the pages. `monotonic` and `sleep` are the clock of the pace.
    """

    def __init__(
        self,
        delay: Delay,
        *,
        per_second: float = DETAILS_PER_SECOND,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        start: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._delay = delay
        self._per_second = per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._start = start or _start_thread
        self._lock = Lock()
        self._lists: dict[str, _Read] = {}
        self._details: OrderedDict[str, tuple[Task, float]] = OrderedDict()
        self._reads: dict[str, tuple[TaskRead, float]] = {}
        self._wanted: OrderedDict[str, Task] = OrderedDict()
        self._reading: set[str] = set()
        self._is_describing = False
        self._version = 0

    def list_waiting(self, search: Search, limit: int) -> TaskPage:
        """Return open tasks: those whose due times are known by them, then the others, the latest first."""
        tasks, freshness = self._list(Status.OPEN)
        found = [
            task
            for task in tasks
            if task.key.startswith(search.prefix)
            and task.status in {Status.WAITING, Status.OPEN}
            and (task.due is None or is_in_window(task, search))
        ]
        found.sort(key=_get_order)
        rest = _skip_to(found, search.after)
        page = build_page(iter(rest), limit)
        following = format_place(page.tasks[-1]) if page.following else None
        return self._want(TaskPage(page.tasks, following, freshness))

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that are known to run."""
        tasks, _ = self._list(Status.OPEN)
        running = (
            task for task in tasks if task.status is Status.RUNNING and task.key.startswith(search.prefix)
        )
        return self._want(TaskPage(tuple(islice(running, limit))))

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended, the latest first."""
        if search.status in ENDED:
            tasks, freshness = self._list(_listed_status(search.status))
            found = [task for task in tasks if self._matches(task, search)]
            page = build_page(iter(_skip_to(found, search.after)), limit)
            return self._want(TaskPage(page.tasks, page.following, freshness))
        lately = [
            task
            for status in ENDED
            for task in islice(self._list(_listed_status(status))[0], LATELY)
            if task.key.startswith(search.prefix)
        ]
        return self._want(TaskPage(tuple(sort_by_end(lately)[:limit])))

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks, as they were when they were last counted."""
        found, freshness = self._get(
            f"count {prefix}", _COUNT_SECONDS, lambda: self._delay.count(prefix=prefix)
        )
        return CountPage(found if isinstance(found, Counts) else None, freshness)

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:  # noqa: ARG002 - not known
        """Return that it is not known: AWS cannot search by due time."""
        return MinutePage(None)

    def read_task(self, key: str) -> TaskRead:
        """Return a task with its history, read some seconds ago at most: that takes several calls."""
        kept = self._reads.get(key)
        if kept and self._monotonic() - kept[1] < _READ_SECONDS:
            return kept[0]
        read = TaskRead.of(self._delay, key)
        with self._lock:
            if len(self._reads) >= _MOST_WANTED:
                self._reads.clear()
            self._reads[key] = (read, self._monotonic())
            self._details[read.task.arn] = (read.task, self._monotonic())
        return read

    def forget(self, key: str) -> None:
        """Read a task and the lists anew when a page asks for them."""
        with self._lock:
            self._reads.pop(key, None)
            self._lists = {name: found for name, found in self._lists.items() if name.startswith("count")}
            self._details = OrderedDict(
                (arn, kept) for arn, kept in self._details.items() if kept[0].key != key
            )
            self._version += 1

    def revision(self) -> str:
        """Return the number of reads so far, and the time in steps: nothing else shows changes of a task."""
        return f"{self._version}.{int(self._monotonic() / _READ_SECONDS)}"

    def _matches(self, task: Task, search: Search) -> bool:
        is_status = task.status in {search.status, Status.STOPPED}
        return is_status and task.key.startswith(search.prefix) and is_in_window(task, search)

    def _list(self, status: Status) -> tuple[list[Task], Freshness]:
        def read() -> list[Task]:
            return list(islice(self._delay.list(status), MOST_LISTED))

        found, freshness = self._get(f"list {status}", _LIST_SECONDS, read)
        tasks = found if isinstance(found, list) else []
        return [self._complete(task) for task in tasks], freshness

    def _complete(self, task: Task) -> Task:
        """Return a task with its details if they are known."""
        known = self._details.get(task.arn)
        return task if known is None else _update_status(known[0], task, self._delay.clock.now())

    def _get(self, name: str, seconds: float, read: Callable[[], object]) -> tuple[object, Freshness]:
        """Return what was last read, and have it read again behind the page if it is old."""
        found = self._lists.get(name)
        if found is None or self._monotonic() - found.at > seconds:
            self._begin_read(name, read)
            found = self._lists.get(name)
        if found is None:
            return None, Freshness()
        age = timedelta(seconds=int(self._monotonic() - found.at))
        return found.value, Freshness(age, error=found.error)

    def _want(self, page: TaskPage) -> TaskPage:
        """Have the tasks of a page read that are not known, and say how many these are."""
        now = self._monotonic()
        with self._lock:
            unknown = [task for task in page.tasks if task.arn not in self._details]
            old = [
                task
                for task in page.tasks
                if (known := self._details.get(task.arn))
                and task.status.is_open
                and now - known[1] > _DETAILS_SECONDS
            ]
            for task in reversed([*unknown, *old]):
                self._wanted[task.arn] = task
                self._wanted.move_to_end(task.arn, last=False)
            while len(self._wanted) > _MOST_WANTED:
                self._wanted.popitem()
        self._go_on()
        freshness = replace(page.freshness, unread=len(unknown), per_second=self._per_second)
        return replace(page, freshness=freshness)

    def _begin_read(self, name: str, read: Callable[[], object]) -> None:
        """Have a list or counts read, unless that goes on already: at 1,000,000 tasks it takes minutes."""
        with self._lock:
            if name in self._reading:
                return
            self._reading.add(name)
        self._start(lambda: self._read(name, read))

    def _read(self, name: str, read: Callable[[], object]) -> None:
        before = self._lists.get(name)
        try:
            found = _Read(read(), self._monotonic())
        except DelayError as error:
            found = _Read(before.value if before else None, self._monotonic(), str(error))
        with self._lock:
            self._lists[name] = found
            self._reading.discard(name)
            self._version += 1

    def _go_on(self) -> None:
        with self._lock:
            if self._is_describing or not self._wanted:
                return
            self._is_describing = True
        self._start(self._describe)

    def _describe(self) -> None:
        """Read the details of the wanted tasks at the pace, until there is none."""
        while (task := self._take_wanted()) is not None:
            self._read_details(task)
            self._sleep(1 / self._per_second)

    def _take_wanted(self) -> Task | None:
        with self._lock:
            if self._wanted:
                return self._wanted.popitem(last=False)[1]
            self._is_describing = False
            return None

    def _read_details(self, task: Task) -> None:
        try:
            found = self._delay.get(task.key)
        except NoSuchTask:
            found = task
        except DelayError:  # the next list says so better
            return
        with self._lock:
            self._details[task.arn] = (found, self._monotonic())
            self._version += 1
            while len(self._details) > _MOST_DETAILS:
                self._details.popitem(last=False)


def _start_thread(work: Callable[[], None]) -> None:
    Thread(target=work, name="delay-console-reads", daemon=True).start()


def _listed_status(status: Status | None) -> Status:
    """Return the status by which listing is cheap."""
    return Status.STOPPED if status in {None, Status.CANCELLED} else status or Status.STOPPED


def _update_status(known: Task, listed: Task, now: datetime) -> Task:
    """Return a known task as it is now: the list says whether it has ended, the time whether it is due."""
    if not listed.status.is_open and known.status.is_open:
        return replace(known, status=listed.status, ended=listed.ended)
    if known.status is Status.WAITING and known.due is not None and known.due <= now:
        return replace(known, status=Status.RUNNING)
    return known


def _get_order(task: Task) -> tuple[bool, datetime]:
    """Return the key of an order by due time; tasks without one come last, as they were listed."""
    return task.due is None, task.due or task.started.min.replace(tzinfo=task.started.tzinfo)


def _skip_to(tasks: list[Task], after: str | None) -> list[Task]:
    """Return the tasks after the one at a place."""
    _, key = parse_place(after)
    keys = [task.key for task in tasks]
    return tasks[keys.index(key) + 1 :] if key in keys else tasks
