"""The failed tasks that Step Functions still redrives."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from delay.many.selection import ListTasks
from delay.task import Status

REDRIVABLE: Final = timedelta(days=14)
"""How long after its end an execution can be redriven. Source: RedriveExecution in the API Reference."""

_LIFE: Final = timedelta(days=365)
"""How long after its start an execution can be redriven. Source: as above."""


def find_redrivable(list_tasks: ListTasks, now: datetime) -> Collection[str]:
    """Return the keys of the failed tasks that Step Functions still redrives."""
    listed = (
        takewhile(lambda task: now - (task.ended or now) <= REDRIVABLE, list_tasks(status))
        for status in (Status.FAILED, Status.TIMED_OUT)
    )
    return dict.fromkeys(task.key for tasks in listed for task in tasks if now - task.started < _LIFE)
