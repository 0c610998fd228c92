"""A message in a dead-letter queue, which describes a failed task."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message about a failed task.

    `arn` is that of the task's execution; None if the message names none.
    `ended` (UTC), `status`, `error` and `cause` describe its end; None if the message lacks them.
    """

    message_id: str
    receipt_handle: str
    arn: str | None = None
    status: str | None = None
    ended: datetime | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def key(self) -> str | None:
        """The key of the failed task; None if the message names no task."""
        return None
