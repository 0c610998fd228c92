"""Tasks on AWS: read at a part of the quotas, kept, and shown with their age.

Listing is cheap there, and gives neither due times nor payloads: each task takes two calls of its own, of
which an account has 10 to 15 a second in all. So a page shows at once what is known, and the rest is read
behind it, first the tasks that a page has just asked for.
"""

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from delay.client import Delay
from delay.console.background import THREADS, Background
from delay.console.direct_source import (
    ENDED,
    LATELY,
    build_page,
    is_in_window,
    list_after,
    sort_by_end,
)
from delay.console.kept_reads import KeptReads
from delay.console.search import Search
from delay.console.source import CountPage, Freshness, MinutePage, TaskPage, TaskRead
from delay.console.task_details import TaskDetails
from delay.task import Status, Task

DETAILS_PER_SECOND: Final = 2.0
"""Tasks described in a second: at most a third of the smaller quota, since each takes two calls."""

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


class PacedSource:
    """The tasks of a client on AWS. Nothing is read before a page asks for it.

    `per_second` is how many tasks are described in a second.
    `background` is where it reads.
    """

    def __init__(
        self,
        delay: Delay,
        *,
        per_second: float = DETAILS_PER_SECOND,
        background: Background = THREADS,
    ) -> None:
        self._delay = delay
        self._background = background
        self._lists = KeptReads(background)
        self._details = TaskDetails(delay, per_second, background)

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
        page = build_page(list_after(found, search.after), limit)
        return self._want(replace(page, freshness=freshness))

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that are known to run."""
        tasks, _ = self._list(Status.OPEN)
        running = [
            task for task in tasks if task.status is Status.RUNNING and task.key.startswith(search.prefix)
        ]
        return self._want(build_page(list_after(running, search.after), limit))

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended, the latest first."""
        if search.status in ENDED:
            tasks, freshness = self._list(_listed_status(search.status))
            found = [task for task in tasks if self._matches(task, search)]
            page = build_page(list_after(found, search.after), limit)
            return self._want(replace(page, freshness=freshness))
        lately = [
            task
            for status in ENDED
            for task in islice(self._list(_listed_status(status))[0], LATELY)
            if task.key.startswith(search.prefix)
        ]
        return self._want(TaskPage(tuple(sort_by_end(lately)[:limit])))

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks, as they were when they were last counted."""
        found = self._lists.get(
            f"count {prefix}", lambda: self._delay.count(prefix=prefix), lambda _: _COUNT_SECONDS
        )
        return CountPage(found.value, found.freshness)

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:  # noqa: ARG002 - not known
        """Return that it is not known: AWS cannot search by due time."""
        return MinutePage(None)

    def read_task(self, key: str) -> TaskRead:
        """Return a task with its history, read some seconds ago at most: that takes several calls."""
        return self._details.read(key, _READ_SECONDS)

    def forget(self, key: str) -> None:
        """Read a task and the lists anew when a page asks for them."""
        self._details.forget(key)
        self._lists.forget(lambda name: name.startswith("list"))

    def revision(self) -> str:
        """Return the number of reads so far, and the time in steps: nothing else shows changes of a task."""
        steps = int(self._background.monotonic() / _READ_SECONDS)
        return f"{self._lists.version}.{self._details.version}.{steps}"

    def _matches(self, task: Task, search: Search) -> bool:
        is_status = task.status in {search.status, Status.STOPPED}
        return is_status and task.key.startswith(search.prefix) and is_in_window(task, search)

    def _list(self, status: Status) -> tuple[list[Task], Freshness]:
        def read() -> list[Task]:
            return list(islice(self._delay.list(status), MOST_LISTED))

        found = self._lists.get(f"list {status}", read, lambda _: _LIST_SECONDS)
        return [self._complete(task) for task in found.value or ()], found.freshness

    def _complete(self, task: Task) -> Task:
        """Return a task with its details if they are known."""
        known = self._details.find(task)
        return task if known is None else _update_status(known[0], task, self._delay.clock.now())

    def _want(self, page: TaskPage) -> TaskPage:
        """Have the tasks of a page read that are not known, and say how many these are."""
        unread = self._details.want(page.tasks, _keep_details)
        freshness = replace(page.freshness, unread=unread, per_second=self._details.per_second)
        return replace(page, freshness=freshness)


def _keep_details(task: Task) -> float | None:
    return _DETAILS_SECONDS if task.status.is_open else None


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
