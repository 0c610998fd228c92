"""A listing of tasks, as `Delay.list` returns it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from delay.task import Task

T = TypeVar("T")

Watcher: TypeAlias = Callable[[int], object]
"""Receives the number of tasks read so far, after each one."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The number of tasks that a listing reads, and the least time that takes.

    The number is None if only the listing itself can find it out.
    With executions, the number includes generations that were replaced by a later one, which the listing
    leaves out.
    """

    tasks: int | None
    duration: timedelta


class Listing(ABC):
    """Tasks. Every iteration fetches them anew, page by page."""

    def __iter__(self) -> Iterator[Task]:
        """Yield the tasks."""
        return self.iterate()

    @property
    @abstractmethod
    def has_details(self) -> bool:
        """Whether the tasks have due times and errors."""

    @property
    def has_payloads(self) -> bool:
        """Whether the tasks have payloads: by default with the other details."""
        return self.has_details

    @property
    @abstractmethod
    def is_sorted_by_due(self) -> bool:
        """Whether the tasks are ordered by due time."""

    @abstractmethod
    def iterate(self, watch: Watcher | None = None) -> Iterator[Task]:
        """Yield the tasks. `watch` receives the number of tasks read so far."""

    @abstractmethod
    def estimate(self) -> Estimate:
        """Return how many tasks will be read, and the least time that takes."""


def watched(items: Iterable[T], watch: Watcher | None) -> Iterator[T]:
    """Yield items, and pass their number so far to a watcher after each one."""
    for number, item in enumerate(items, 1):
        yield item
        if watch:
            watch(number)


def get_due_order(task: Task) -> tuple[datetime, str]:
    """Return the key by which a listing of due times is sorted."""
    return task.due or task.started, task.key
