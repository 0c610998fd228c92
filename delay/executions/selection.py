"""Selects the tasks of an operation on many: by their keys, or by a prefix of them."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final, TypeAlias

from delay.errors import InvalidRequest
from delay.executions.generation import validate_key
from delay.executions.listing import Listing
from delay.task import Status, Task

REDRIVABLE: Final = timedelta(days=14)
"""How long after its end an execution can be redriven. Source: RedriveExecution in the API Reference."""

_LIFE: Final = timedelta(days=365)
"""How long after its start an execution can be redriven. Source: as above."""

ListTasks: TypeAlias = Callable[[Status], Iterable[Task]]
"""Lists the tasks of a status, the latest first."""

FindKeys: TypeAlias = Callable[[ListTasks], Iterable[str]]
"""Finds the keys of the tasks to change among those listed."""


def require_key(key: str | Task) -> str:
    """Return the key of a task.

    Raises:
        InvalidKey: it breaks the rules for names, or is the name of a later generation.

    """
    return key.key if isinstance(key, Task) else validate_key(key)


def select(
    prefix: str | None, keys: Iterable[str | Task] | None, find_keys: FindKeys
) -> Callable[[Callable[[Status, str], Iterable[Task]]], Iterable[str]]:
    """Return a function that selects keys: those given, or those found among the tasks with a prefix.

    Raises:
        InvalidRequest: neither or both are given, or the prefix is empty.

    """
    if (prefix is None) == (keys is None):
        raise InvalidRequest("Give either prefix='order-42-' or keys=['order-42-confirm'].")
    if isinstance(keys, Listing):  # read to its end first: the changes would shift its pages
        return lambda _list_tasks: dict.fromkeys(map(require_key, keys))
    if keys is not None:
        return lambda _list_tasks: map(require_key, keys)
    checked = require_prefix(prefix)
    return lambda list_tasks: find_keys(lambda status: list_tasks(status, checked))


def require_prefix(prefix: object) -> str:
    """Return a prefix that does not stand for every task: an unset variable must not cancel them all.

    Raises:
        InvalidRequest: it is empty.

    """
    if not isinstance(prefix, str) or not prefix:
        raise InvalidRequest(
            f"A prefix has at least one character, got {prefix!r}. For every task, pass "
            "keys=delay.list(Status.OPEN), or --all in the shell."
        )
    return prefix


def find_open(list_tasks: ListTasks) -> Collection[str]:
    """Return the keys of the open tasks."""
    return dict.fromkeys(task.key for task in list_tasks(Status.OPEN))


def find_redrivable(list_tasks: ListTasks, now: datetime) -> Collection[str]:
    """Return the keys of the failed tasks that Step Functions still redrives."""
    listed = (
        takewhile(lambda task: now - (task.ended or now) <= REDRIVABLE, list_tasks(status))
        for status in (Status.FAILED, Status.TIMED_OUT)
    )
    return dict.fromkeys(task.key for tasks in listed for task in tasks if now - task.started < _LIFE)
