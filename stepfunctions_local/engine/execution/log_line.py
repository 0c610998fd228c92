"""The lines of the log of executions, in the form in which AWS writes them to CloudWatch Logs.

Source: "Using CloudWatch Logs to log execution history in Step Functions", "Log levels" there, and logs
recorded on AWS.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from stepfunctions_local.engine.execution.history import Event, find_details, without_data
from stepfunctions_local.language import Json

MOST_ESCAPED: Final = 248 * 1024
"""An input, output or parameter that is longer once it is escaped is cut off, as on AWS."""

_SHORT: Final = MOST_ESCAPED // 12
"""A text of this length is never cut off: escaped, a character has up to twelve."""

_FATAL: Final = {"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"}
_ERROR_ENDINGS: Final = ("Aborted", "Failed", "TimedOut")
_CUT_OFF: Final = ("input", "output", "parameters")


class LogLevel(StrEnum):
    """Which events are logged."""

    ALL = "ALL"
    ERROR = "ERROR"
    FATAL = "FATAL"
    OFF = "OFF"


def write_lines(
    events: Iterable[Event], execution_arn: str, redrives: int, logging: Mapping[str, Json]
) -> Iterator[str]:
    """Write the lines of those events that a logging configuration asks for. Each line is JSON text."""
    level, has_data = LogLevel(str(logging["level"])), bool(logging["includeExecutionData"])
    for event in events:
        if is_logged(event["type"], level):
            shown = event if has_data else without_data(event)
            yield _write_line(shown, execution_arn, redrives)


def is_logged(event_type: str, level: LogLevel) -> bool:
    """Return whether events of a type are logged at a level."""
    match level:
        case LogLevel.ALL:
            return True
        case LogLevel.ERROR:
            return event_type.endswith(_ERROR_ENDINGS) or event_type == "FailStateEntered"
        case LogLevel.FATAL:
            return event_type in _FATAL
    return False


def _write_line(event: Event, execution_arn: str, redrives: int) -> str:
    line = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": _cut_off(find_details(event)),
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(round(event["timestamp"] * 1000)),
        "execution_arn": execution_arn,
        "redrive_count": str(redrives),
    }
    # Escaped, so that a line has no half of a surrogate pair, which no file could hold.
    return json.dumps(line, separators=(",", ":"))


def _cut_off(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return details whose long texts are cut off, and marked as such."""
    shown = dict(details)
    for name in _CUT_OFF:
        text = shown.get(name)
        if isinstance(text, str) and len(text) > _SHORT and (escaped := len(json.dumps(text))) > MOST_ESCAPED:
            shown[name] = text[: len(text) * MOST_ESCAPED // escaped]
            if f"{name}Details" in shown:
                shown[f"{name}Details"] = {"truncated": True}
    return shown
