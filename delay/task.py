"""A delayed task as a caller sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a task fares."""

    WAITING = "WAITING"
    """Its due time is ahead."""
    RUNNING = "RUNNING"
    """It is due: its function is called, or will be tried again."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """Its function raised, retries were used up, or it was stopped after its function had been called."""
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    """It was stopped before its function was called."""
    RESCHEDULED = "RESCHEDULED"
    """A generation that another one has taken the place of. Only listings show it."""
    OPEN = "OPEN"
    """WAITING or RUNNING: a listing without due times cannot tell which."""
    STOPPED = "STOPPED"
    """CANCELLED, RESCHEDULED or FAILED: a listing without due times cannot tell which."""

    @property
    def is_open(self) -> bool:
        """Whether the task has not ended."""
        return self in {Status.WAITING, Status.RUNNING, Status.OPEN}


@dataclass(frozen=True, slots=True)
class Task:
    """A delayed task at the time when it was looked at. Times are timezone-aware, in UTC.

    `due` is None in a listing without due times, and where the execution's input has no delay that can be
    used. `payload` is what was scheduled, without `expirydate`; `output` what the function returned.
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

    @property
    def name(self) -> str:
        """The name of the task's execution: the key, and a suffix once it was rescheduled."""
        return self.arn.rpartition(":")[2]
