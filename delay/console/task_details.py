"""The details of tasks, read at a pace behind the pages, and kept."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from threading import Lock
from typing import Final

from delay.client import Delay
from delay.console.background import Background
from delay.console.kept_reads import NO_STAMP, Stamp
from delay.console.source import TaskRead
from delay.errors import DelayError, NoSuchTask
from delay.task import Task

_MOST_DETAILS: Final = 20_000
_MOST_WANTED: Final = 200
_MOST_FORGOTTEN: Final = 200
"""Tasks that were changed here, of which a read may be under way."""


class TaskDetails:
    """Reads the tasks that pages have asked for, the latest asked first. Threads may share it.

    `per_second` is how many tasks are read in a second.
    """

    def __init__(self, delay: Delay, per_second: float, background: Background) -> None:
        self.version = 0
        self.per_second = per_second
        self._delay = delay
        self._background = background
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[Task, float]] = OrderedDict()
        self._reads: dict[str, tuple[TaskRead, float, Stamp]] = {}
        self._forgotten: OrderedDict[str, int] = OrderedDict()
        self._forgets = 0
        self._wanted: OrderedDict[str, Task] = OrderedDict()
        self._is_reading = False

    def find(self, task: Task) -> tuple[Task, float] | None:
        """Return a task as it was last read, and the monotonic time before that; None if it never was."""
        return self._known.get(task.arn)

    def list_since(self, at: float) -> Iterator[tuple[Task, float]]:
        """Yield the tasks that were read after a monotonic time, the latest read first."""
        with self._lock:
            known = list(reversed(self._known.values()))
        for task, read_at in known:
            if read_at > at:
                yield task, read_at

    def want(self, tasks: Collection[Task], seconds: Callable[[Task], float | None]) -> int:
        """Have the tasks read that are not known, or were read too long ago, and return the first's number.

        `seconds` returns for how long the details of a task are kept; None is for ever.
        """
        now = self._background.monotonic()
        with self._lock:
            unknown = [task for task in tasks if task.arn not in self._known]
            old = [
                task
                for task in tasks
                if (known := self._known.get(task.arn))
                and (kept := seconds(task)) is not None
                and now - known[1] > kept
            ]
            self._ask_for([*unknown, *old])
        self._go_on()
        return len(unknown)

    def read(self, key: str, seconds: float, stamp: Stamp = NO_STAMP) -> TaskRead:
        """Return a task with its history, read some seconds ago at most, and by the same stamp."""
        kept = self._reads.get(key)
        if kept and self._background.monotonic() - kept[1] < seconds and kept[2] == stamp:
            return kept[0]
        at, forgets = self._background.monotonic(), self._forgets
        read = TaskRead.of(self._delay, key)
        with self._lock:
            if self._is_of_now(key, forgets):
                if len(self._reads) >= _MOST_WANTED:
                    self._reads.clear()
                self._reads[key] = (read, at, stamp)
                self._keep(read.task, at)
        return read

    def forget(self, key: str) -> None:
        """Read a task anew when a page asks for it. A read under way, of the task before, is not kept."""
        with self._lock:
            self._forgets += 1
            self._forgotten[key] = self._forgets
            self._forgotten.move_to_end(key)
            while len(self._forgotten) > _MOST_FORGOTTEN:
                self._forgotten.popitem(last=False)
            self._reads.pop(key, None)
            for arn in [arn for arn, (task, _) in self._known.items() if task.key == key]:
                del self._known[arn]
            self.version += 1

    def _ask_for(self, tasks: Iterable[Task]) -> None:
        for task in reversed(list(tasks)):
            self._wanted[task.arn] = task
            self._wanted.move_to_end(task.arn, last=False)
        while len(self._wanted) > _MOST_WANTED:
            self._wanted.popitem()

    def _go_on(self) -> None:
        with self._lock:
            if self._is_reading or not self._wanted:
                return
            self._is_reading = True
        self._background.start(self._read_wanted)

    def _read_wanted(self) -> None:
        """Read the wanted tasks at the pace, until there is none."""
        while (task := self._take_wanted()) is not None:
            self._read_one(task)
            self._background.sleep(1 / self.per_second)

    def _take_wanted(self) -> Task | None:
        with self._lock:
            if self._wanted:
                return self._wanted.popitem(last=False)[1]
            self._is_reading = False
            return None

    def _read_one(self, task: Task) -> None:
        at, forgets = self._background.monotonic(), self._forgets
        try:
            found = self._delay.get(task.key)
        except NoSuchTask:
            found = task
        except DelayError:  # the next list says so better
            return
        with self._lock:
            if self._is_of_now(task.key, forgets):
                self._keep(found, at, task.arn)
            self.version += 1

    def _is_of_now(self, key: str, forgets: int) -> bool:
        """Whether a task was not forgotten after this number of forgets."""
        return self._forgotten.get(key, 0) <= forgets

    def _keep(self, task: Task, at: float, arn: str | None = None) -> None:
        """Keep a task under the ARN by which it was asked for, unless a later read is kept."""
        known = self._known.get(arn or task.arn)
        if known and known[1] > at:
            return
        self._known[arn or task.arn] = (task, at)
        self._known.move_to_end(arn or task.arn)
        while len(self._known) > _MOST_DETAILS:
            self._known.popitem(last=False)
