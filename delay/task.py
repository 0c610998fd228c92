"""A delayed task, as the client returns it, and the numbers of tasks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

_NAME: Final = re.compile(r".*?:(execution:[^:]*:|table/[^/]*/task/)")
"""The part of a task's ARN before its name: a key in a table may have any of its separators."""


class Status(StrEnum):
    """The status of a task."""

    WAITING = "WAITING"
    """Its due time is in the future."""
    RUNNING = "RUNNING"
    """It is due: its function is being called, or will be retried."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """Its function failed and is not retried again, or it was stopped after its function had been called."""
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    """It was stopped before its function was called."""
    RESCHEDULED = "RESCHEDULED"
    """This generation was replaced by a later one. Only listings show it."""
    OPEN = "OPEN"
    """WAITING or RUNNING, in a listing without due times."""
    STOPPED = "STOPPED"
    """CANCELLED, RESCHEDULED or FAILED, in a listing without due times."""

    @property
    def is_open(self) -> bool:
        """Whether the task has not ended yet."""
        return self in {Status.WAITING, Status.RUNNING, Status.OPEN}


@dataclass(frozen=True, slots=True)
class Task:
    """A snapshot of a delayed task. Times are timezone-aware, in UTC.

    A task with a known due time is a ScheduledTask.
    In a listing without due times, `due`, `payload`, `output`, `error` and `cause` are None.
    `due` is None, too, if the execution's input has no valid delay.
    `payload` is the scheduled payload, without `expirydate`. A listing of a table has it on request.
    `arn` is that of the task's execution. For a row, it is the table's ARN and the key; AWS has none for it.
    `output` is the function's return value.
    `attempts` is how often the function was called, or None unless `get` was asked for it; a row has it. An
    open task then has the `error` and the `cause` of its last failed attempt.
    """

    key: str
    status: Status
    arn: str
    started: datetime
    due: datetime | None = None
    ended: datetime | None = None
    payload: Mapping[str, Any] | None = None
    output: Any = None
    error: str | None = None
    cause: str | None = None
    generation: int = 1
    attempts: int | None = None

    @property
    def name(self) -> str:
        """The name of the task's execution: the key, with a suffix if the task was rescheduled.

        A task in a table has its key as name.
        """
        return _NAME.sub("", self.arn)


@dataclass(frozen=True, slots=True)
class ScheduledTask(Task):
    """A task with a known due time and payload, such as `schedule` and `reschedule` return."""

    due: datetime
    payload: Mapping[str, Any] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of tasks, by status.

    `lower_bounds` are the statuses that were not counted to the end: there are more of their tasks.
    Rescheduled tasks count once as open, and once as STOPPED for each earlier generation.
    """

    by_status: Mapping[Status, int]
    lower_bounds: frozenset[Status] = frozenset()

    @property
    def open(self) -> int:
        """The number of tasks that have not ended."""
        return sum(number for status, number in self.by_status.items() if status.is_open)
