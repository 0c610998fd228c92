"""Where a page gets tasks from: the protocol of the sources, and what they return."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from delay.client import Delay
from delay.console.search import Search
from delay.task import Counts, Task


@dataclass(frozen=True, slots=True)
class Freshness:
    """How complete and how old something is that was read.

    `age` is None if it was read just now.
    `unread` is how many tasks are shown without their due times and payloads, which are still being read.
    `per_second` is how many of these are read in a second.
    `error` is why the latest attempt to read failed.
    `is_first`: it is being read for the first time.
    `note` says which part is shown, in a sentence.
    `is_count`: what was read are numbers of tasks.
    """

    age: timedelta | None = None
    unread: int = 0
    per_second: float = 0
    error: str | None = None
    is_first: bool = False
    note: str | None = None
    is_count: bool = False

    @classmethod
    def combine(cls, parts: "Iterable[Freshness]") -> "Freshness":
        """Return the freshness of what was read in several parts: it is as old as the oldest one."""
        found = tuple(parts)
        return cls(
            max((each.age for each in found if each.age is not None), default=None),
            sum(each.unread for each in found),
            max((each.per_second for each in found), default=0),
            next((each.error for each in found if each.error), None),
            any(each.is_first for each in found),
            " ".join(dict.fromkeys(each.note for each in found if each.note)) or None,
        )


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Tasks in their order, and the `after` of the next page; None after the last one."""

    tasks: tuple[Task, ...]
    following: str | None = None
    freshness: Freshness = Freshness()


@dataclass(frozen=True, slots=True)
class CountPage:
    """The numbers of tasks; None until they were counted for the first time."""

    counts: Counts | None
    freshness: Freshness = Freshness()


@dataclass(frozen=True, slots=True)
class MinutePage:
    """The minutes (UTC) in which tasks are due, each with their number; None if that is not known.

    `known_until` is the last time up to which they are known; None if that is all of the window.
    """

    minutes: Mapping[datetime, int] | None = field(default_factory=dict)
    known_until: datetime | None = None
    freshness: Freshness = Freshness()


@dataclass(frozen=True, slots=True)
class TaskRead:
    """A task, and its events in the form of GetExecutionHistory."""

    task: Task
    events: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, delay: Delay, key: str) -> Self:
        """Read a task. It may raise a DelayError."""
        task = delay.get(key, attempts=True)
        return cls(task, delay.history(task))


class TaskSource(Protocol):
    """The tasks of a state machine. Threads may share it, and its methods may block.

    Each may raise a DelayError.
    """

    def list_waiting(self, search: Search, limit: int) -> TaskPage:
        """Return waiting tasks, the earliest due first."""
        ...

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return running tasks, the latest first."""
        ...

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended with the search's status, or lately with any, the latest first."""
        ...

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks whose keys begin with a prefix, by status."""
        ...

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:
        """Return how many tasks are due in each minute of a window."""
        ...

    def read_task(self, key: str) -> "TaskRead":
        """Return a task with its history."""
        ...

    def forget(self, key: str) -> None:
        """Forget what is kept of a task, which was changed."""
        ...

    def revision(self) -> str:
        """Return a text that changes when anything has changed that the other methods return."""
        ...
