"""Requests to schedule many tasks, and the results of operations on many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, overload

from delay.errors import DelayError, InvalidRequest
from delay.task import ScheduledTask, Task


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of `Delay.schedule` as a record. Without a key, a UUID is generated."""

    payload: Mapping[str, Any]
    after: timedelta | None = None
    at: datetime | None = None
    key: str | None = None
    allow_past: bool = False
    replace: bool = False

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            payload: Mapping[str, Any],
            after: timedelta,
            *,
            key: str | None = None,
            replace: bool = False,
        ) -> None: ...

        @overload
        def __init__(
            self,
            payload: Mapping[str, Any],
            *,
            at: datetime,
            key: str | None = None,
            allow_past: bool = False,
            replace: bool = False,
        ) -> None: ...

        def __init__(self, *_: object, **__: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a request: either `task` or, if it was not scheduled, `error`."""

    request: Request
    task: ScheduledTask | None = None
    error: DelayError | None = None

    def require(self) -> ScheduledTask:
        """Return the task.

        Raises:
            DelayError: it was not scheduled: the result's `error`.

        """
        if self.error is not None:
            raise self.error
        if self.task is None:
            raise ValueError("The result has neither a task nor an error.")
        return self.task


@dataclass(frozen=True, slots=True)
class Change:
    """The result of changing one of many tasks: either `task` or, if it was not changed, `error`."""

    key: str
    task: Task | None = None
    error: DelayError | None = None
    was_needed: bool = True
    """False if the task was on the version already that `to_version` names, and was left as it is."""

    def require(self) -> Task:
        """Return the task.

        Raises:
            DelayError: it was not changed: the result's `error`.

        """
        if self.error is not None:
            raise self.error
        if self.task is None:
            raise ValueError("The result has neither a task nor an error.")
        return self.task


def require_request(request: object) -> None:
    """Validate as much of a request as all stores have in common.

    Raises:
        InvalidRequest: it is not a Request, or it replaces a task and does not name its key.

    """
    if not isinstance(request, Request):
        raise InvalidRequest(f"A Request is expected, got {type(request).__name__}.")
    if request.replace and request.key is None:
        raise InvalidRequest("Give the key of the task to replace.")
