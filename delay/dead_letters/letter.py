"""Parses a message in the dead-letter queue, which describes a failed execution."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from delay.executions.generation import Generation

_ARN_AT_START = re.compile(r'\s*\{\s*"executionArn"\s*:\s*"(?P<arn>arn:[^"\\\s]+)"')
_MILLISECONDS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message about a failed execution.

    `arn` is the execution's; None if the message names no execution.
    `ended` (UTC), `status`, `error` and `cause` describe its end; None if the message lacks them.
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
        """Parse a message of ReceiveMessage.

        Its body is in the form that the rule of template.yaml produces, or the original event if EventBridge
        could not apply the rule's template. If it is not JSON, only the ARN at its start is parsed.
        """
        message_id, receipt_handle, body = message["MessageId"], message["ReceiptHandle"], message["Body"]
        detail = _parse_detail(body)
        if detail is None:
            start = _ARN_AT_START.match(body)
            return cls(message_id, receipt_handle, start and start["arn"])
        arn = _parse_text(detail.get("executionArn"))
        texts = {name: _parse_text(detail.get(name)) for name in ("status", "error", "cause")}
        return cls(message_id, receipt_handle, arn, ended=_parse_end(detail), **texts)

    @property
    def generation(self) -> Generation | None:
        """The generation of the failed task; None if the message names no execution."""
        return None if self.arn is None else Generation.of_arn(self.arn)


def _parse_detail(body: str) -> Mapping[str, Any] | None:
    """Return the fields of the execution; None if the message is not a JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    detail = message.get("detail")
    return detail if isinstance(detail, dict) else message


def _parse_text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _parse_end(detail: Mapping[str, Any]) -> datetime | None:
    milliseconds = detail.get("stopDate")
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / _MILLISECONDS_PER_SECOND, UTC)
    except (OverflowError, OSError, ValueError):
        return None
