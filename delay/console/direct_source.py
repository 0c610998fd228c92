"""Tasks from a store that answers at once, through the public client alone."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from delay.client import Delay
from delay.console.search import Search
from delay.console.source import CountPage, MinutePage, TaskPage, TaskRead
from delay.listing import get_due_order
from delay.task import Status, Task

ENDED: Final = (Status.SUCCEEDED, Status.FAILED, Status.TIMED_OUT, Status.CANCELLED)
LATELY: Final = 10
"""The most tasks of each status that are read to find those that ended lately."""


class DirectSource:
    """The tasks of a client whose listings take no longer than a page may: of a test, or of a table."""

    def __init__(self, delay: Delay) -> None:
        self._delay = delay

    def list_waiting(self, search: Search, limit: int) -> TaskPage:
        """Return waiting tasks, the earliest due first."""
        due_from, due_until = search.window
        due, key = parse_place(search.after)
        listing = self._delay.list(
            Status.WAITING, search.prefix, due_from=max(due or due_from, due_from), due_until=due_until
        )
        rest = (task for task in listing if due is None or (task.due or due, task.key) > (due, key))
        return build_page(rest, limit)

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return running tasks, the latest first."""
        return build_page(_skip_to(self._list(Status.RUNNING, search), search.after), limit)

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended, the latest first. A further page begins after the key of the last."""
        if search.status in ENDED:
            tasks = _skip_to(self._list(search.status, search), search.after)
            return build_page(tasks, limit)
        lately = [task for status in ENDED for task in islice(self._list(status, search), LATELY)]
        return TaskPage(tuple(sort_by_end(lately)[:limit]))

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks."""
        counts = self._delay.count(prefix=prefix)
        return CountPage(counts)

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:
        """Return how many tasks are due in each minute of a window."""
        minutes: dict[datetime, int] = {}
        for task in self._delay.list(Status.WAITING, due_from=due_from, due_until=due_until):
            minute = (task.due or due_from).replace(second=0, microsecond=0)
            minutes[minute] = minutes.get(minute, 0) + 1
        return MinutePage(minutes)

    def read_task(self, key: str) -> TaskRead:
        """Return a task with its history."""
        return TaskRead.of(self._delay, key)

    def forget(self, key: str) -> None:
        """Do nothing: no task is kept."""

    def revision(self) -> str:
        """Return the time in steps of two seconds: nothing cheaper shows changes."""
        moment = self._delay.clock.now()
        return str(int(moment.timestamp()) // 2)

    def _list(self, status: Status, search: Search) -> Iterator[Task]:
        listing = self._delay.list(status, search.prefix, due=True)
        return (task for task in listing if is_in_window(task, search))


def build_page(tasks: Iterable[Task], limit: int) -> TaskPage:
    """Return the first tasks as a page that says where the next one begins."""
    found = tuple(islice(tasks, limit + 1))
    page = found[:limit]
    return TaskPage(page, format_place(*get_due_order(page[-1])) if len(found) > limit else None)


def format_place(due: datetime, key: str = "") -> str:
    """Return a place in an order by due time and key; without a key, before all tasks of the time."""
    return json.dumps([due.isoformat(), key], ensure_ascii=False)


def parse_place(text: str | None) -> tuple[datetime | None, str]:
    """Return the due time and the key of a place; no due time if it is none."""
    try:
        due, key = json.loads(text or "")
        return datetime.fromisoformat(due), str(key)
    except (TypeError, ValueError):
        return None, ""


def list_after(tasks: list[Task], after: str | None) -> list[Task]:
    """Return the tasks after the one at a place; all of them if it is not there."""
    _, key = parse_place(after)
    keys = [task.key for task in tasks]
    return tasks[keys.index(key) + 1 :] if key in keys else tasks


def sort_by_end(tasks: Iterable[Task]) -> list[Task]:
    """Return ended tasks, the latest first."""
    return sorted(tasks, key=lambda task: task.ended or task.started, reverse=True)


def is_in_window(task: Task, search: Search) -> bool:
    """Whether a task is due in the search's window, or the search has none."""
    due_from, due_until = search.window
    return not search.has_window or (task.due is not None and due_from <= task.due <= due_until)


def _skip_to(tasks: Iterator[Task], after: str | None) -> Iterator[Task]:
    """Skip the tasks up to the one at a place."""
    _, key = parse_place(after)
    if key:
        for task in tasks:
            if task.key == key:
                break
    return tasks
