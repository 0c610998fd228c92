"""One of many tasks to schedule, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from delay.errors import DelayError
from delay.task import Task


@dataclass(frozen=True, slots=True)
class Request:
    """What `schedule` takes, as a record: a payload, when, and a key, without which one is generated."""

    payload: Mapping[str, Any]
    after: timedelta | None = None
    at: datetime | None = None
    key: str | None = None
    allow_past: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request: a task, or the error that kept it from being scheduled."""

    request: Request
    task: Task | None = None
    error: DelayError | None = None
