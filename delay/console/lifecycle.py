"""The lists of a page in the order of a task's life, with each task in one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from delay.console.search import Search
from delay.console.source import TaskPage, TaskSource
from delay.task import Task


def read_lists(
    source: TaskSource, search: Search, *, waiting: int, running: int, ended: int
) -> list[TaskPage]:
    """Return the waiting, the running and the ended tasks. The numbers bound the lists.

    They are read in this order: a task that goes on meanwhile is found twice, and never missed.
    """
    return place_once(
        [
            source.list_waiting(search, waiting),
            source.list_running(search, running),
            source.list_ended(search, ended),
        ]
    )


def place_once(pages: Sequence[TaskPage]) -> list[TaskPage]:
    """Return lists in which each task stands once: where it came to last, in its latest generation.

    The lists may be of different age. Until a move is over, a task has two generations.
    """
    latest: dict[str, Task] = {}
    for page in pages:
        for task in page.tasks:
            before = latest.setdefault(task.key, task)
            latest[task.key] = max(task, before, key=_find_stage)  # of equals, the first: the later read
    return [
        replace(page, tasks=tuple(task for task in page.tasks if task is latest[task.key])) for page in pages
    ]


def _find_stage(task: Task) -> tuple[datetime, int]:
    """Return how far a task has come, apart from its status. A key that is used again begins anew."""
    return task.started, task.generation
