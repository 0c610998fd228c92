"""A failed execution as a message in the dead-letter queue tells of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from delay.executions.generation import Generation

_BEGINNING = re.compile(r'\s*\{\s*"executionArn"\s*:\s*"(?P<arn>arn:[^"\\\s]+)"')
_MILLISECONDS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message. `arn` is that of the execution; None where the message tells of none.

    `ended` (UTC), `status`, `error` and `cause` are as the execution ended, where the message says so.
    """

    message_id: str
    receipt_handle: str
    arn: str | None = None
    status: str | None = None
    ended: datetime | None = None
    error: str | None = None
    cause: str | None = None

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Read a message of ReceiveMessage.

        It is as the rule of template.yaml writes it, or the event itself where EventBridge could not write it
        so. Of text that is no JSON, the ARN at its beginning is read.
        """
        message_id, receipt_handle, body = message["MessageId"], message["ReceiptHandle"], message["Body"]
        detail = _detail(body)
        if detail is None:
            beginning = _BEGINNING.match(body)
            return cls(message_id, receipt_handle, beginning and beginning["arn"])
        texts = {name: _text(detail.get(name)) for name in ("status", "error", "cause")}
        return cls(
            message_id, receipt_handle, _text(detail.get("executionArn")), ended=_ended(detail), **texts
        )

    @property
    def generation(self) -> Generation | None:
        """The generation of the task that failed."""
        return None if self.arn is None else Generation.of_arn(self.arn)


def _detail(body: str) -> Mapping[str, Any] | None:
    """Return what a message says of its execution; nothing where it is no JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    detail = message.get("detail")
    return detail if isinstance(detail, dict) else message


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _ended(detail: Mapping[str, Any]) -> datetime | None:
    milliseconds = detail.get("stopDate")
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / _MILLISECONDS_PER_SECOND, UTC)
    except (OverflowError, OSError, ValueError):
        return None
