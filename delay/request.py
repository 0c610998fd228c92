"""Requests to schedule many tasks, and their results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from delay.errors import DelayError
from delay.task import Task


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of `Delay.schedule` as a record. Without a key, a UUID is generated."""

    payload: Mapping[str, Any]
    after: timedelta | None = None
    at: datetime | None = None
    key: str | None = None
    allow_past: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a request: either `task` or, if it was not scheduled, `error`."""

    request: Request
    task: Task | None = None
    error: DelayError | None = None
