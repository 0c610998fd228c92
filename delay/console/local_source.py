"""Tasks from the index of a local endpoint: one request a page, however many wait."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from delay.client import Delay
from delay.console.direct_source import LATELY, is_in_window, sort_by_end
from delay.console.search import Search
from delay.console.source import CountPage, Freshness, MinutePage, TaskPage, TaskRead
from delay.errors import Unreachable
from delay.executions.execution import Execution, Stop
from delay.executions.waiting_index import NoIndex, WaitingIndex
from delay.task import Counts, Status, Task

_STATUSES: Final = {
    Status.SUCCEEDED: "SUCCEEDED",
    Status.FAILED: "FAILED",
    Status.TIMED_OUT: "TIMED_OUT",
    Status.CANCELLED: "ABORTED",
}
_COUNTED: Final = (
    Status.WAITING,
    Status.RUNNING,
    Status.SUCCEEDED,
    Status.FAILED,
    Status.TIMED_OUT,
    Status.STOPPED,
)
_CALLED: Final = frozenset({Status.SUCCEEDED, Status.FAILED})
"""The statuses of tasks that ended after their due times."""

_OWN_STOPS: Final = frozenset(Stop)
_COUNTS_PER_COST: Final = 20
"""A count is kept for this many times the time that it took: at 1,000,000 tasks a second or two."""

_MOST_PAGES: Final = 10
"""The pages that are searched for tasks of a time span, which the index does not distinguish."""


@dataclass(frozen=True, slots=True)
class _KeptCount:
    """A count of a revision, from a monotonic time on until another. `was_shown`: it was shown once more."""

    prefix: str
    page: CountPage
    revision: str
    at: float
    until: float
    was_shown: bool = False

    def is_owed(self, revision: str, now: float) -> bool:
        """Whether a page shows it, though another one can be made by now: that of a later change."""
        return self.was_shown and now >= self.until and revision != self.revision


class LocalSource:
    """The tasks of a state machine at a local endpoint."""

    def __init__(
        self, delay: Delay, index: WaitingIndex, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._delay = delay
        self._index = index
        self._monotonic = monotonic
        self._kept: _KeptCount | None = None
        self._recounts = 0
        self._lock = Lock()

    def list_waiting(self, search: Search, limit: int) -> TaskPage:
        """Return waiting tasks, the earliest due first."""
        due_from, due_until = search.window
        with _answering():
            page = self._index.read_due(search.prefix, due_from, due_until, search.after, limit)
        tasks = map(self._to_waiting_task, page.executions)
        return TaskPage(tuple(task for task in tasks if task.status is Status.WAITING), page.following)

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return running tasks, the latest first."""
        return self._list("RUNNING", Status.RUNNING, search, limit)

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended, the latest first."""
        if search.status in _STATUSES:
            return self._list(_STATUSES[search.status], search.status, search, limit)
        lately = [
            task
            for status, name in _STATUSES.items()
            for task in self._list(name, status, search, LATELY).tasks
        ]
        return TaskPage(tuple(sort_by_end(lately)[:limit]))

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks. If counting takes long, they are some moments old."""
        with self._lock:
            kept, now = self._kept, self._monotonic()
            if kept is None or kept.prefix != prefix or now >= kept.until:
                return self._count(prefix)
            self._kept = replace(kept, was_shown=True)
            age = timedelta(seconds=now - kept.at)
            return replace(kept.page, freshness=Freshness(age if age.total_seconds() >= 1 else None))

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:
        """Return how many tasks are due in each minute of a window."""
        with _answering():
            return MinutePage(self._index.count_by_minute("", due_from, due_until))

    def read_task(self, key: str) -> TaskRead:
        """Return a task with its history."""
        return TaskRead.of(self._delay, key)

    def forget(self, key: str) -> None:
        """Do nothing: no task is kept."""

    def revision(self) -> str:
        """Return the endpoint's own revision, and how often numbers were shown that were old by then."""
        with _answering():
            revision = self._index.read_revision()
        with self._lock:
            if self._kept and self._kept.is_owed(revision, self._monotonic()):
                self._kept = replace(self._kept, was_shown=False)
                self._recounts += 1
            return f"{revision} {self._recounts}"

    def _count(self, prefix: str) -> CountPage:
        with _answering():
            revision = self._index.read_revision()
            begun = self._monotonic()
            found = self._index.count(prefix)
        ended = self._monotonic()
        page = CountPage(Counts({status: found.get(status, 0) for status in _COUNTED}))
        until = ended + _COUNTS_PER_COST * (ended - begun)
        self._kept = _KeptCount(prefix, page, revision, ended, until)
        return page

    def _list(self, name: str, status: Status, search: Search, limit: int) -> TaskPage:
        """Read pages of the index until one is full: it has tasks that do not match, too."""
        found: list[Task] = []
        following = search.after
        for _ in range(_MOST_PAGES):
            with _answering():
                page = self._index.read_status(name, search.prefix, following, limit)
            tasks = tuple(map(self._to_task, page.executions))
            found += [task for task in tasks if task.status is status and is_in_window(task, search)]
            following = None if any(_is_before(task, search) for task in tasks) else page.following
            if len(found) >= limit or following is None:
                break
        return TaskPage(tuple(found), following)

    def _to_waiting_task(self, execution: Execution) -> Task:
        """Return a task of the index, which waits even if its input has no due time: any machine may wait."""
        task = self._to_task(execution)
        return task if task.due else replace(task, status=Status.WAITING)

    def _to_task(self, execution: Execution) -> Task:
        task = execution.to_task(self._delay.clock.now(), was_called=False)
        is_known = not execution.was_stopped or execution.error in _OWN_STOPS
        return task if is_known else replace(task, status=self._delay.get(task.key).status)


def _is_before(task: Task, search: Search) -> bool:
    """Whether a task was called before the search's window begins, as all were that ended before it."""
    return task.status in _CALLED and task.ended is not None and task.ended < search.window[0]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except NoIndex as error:
        reason = error.__cause__ or "it is another program"
        raise Unreachable(
            f"The local endpoint does not answer ({reason}): start `delay local` again."
        ) from error
