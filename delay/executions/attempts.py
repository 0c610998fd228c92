"""The calls of a task's function so far, by the history of its execution."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from delay.executions.execution import CALL_EVENTS

FAILURE_EVENTS: Final = frozenset(
    {
        "LambdaFunctionFailed",
        "LambdaFunctionScheduleFailed",
        "LambdaFunctionStartFailed",
        "LambdaFunctionTimedOut",
        "TaskFailed",
        "TaskStartFailed",
        "TaskSubmitFailed",
        "TaskTimedOut",
    }
)
"""The events that record a failed call. Source: HistoryEvent in the API Reference."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The number of calls, and the error and cause of the last failed one."""

    number: int = 0
    error: str | None = None
    cause: str | None = None


def count_attempts(events: Iterable[Mapping[str, Any]]) -> Attempts:
    """Return the calls that a history records."""
    number, last = 0, Attempts()
    for event in events:
        number += event["type"] in CALL_EVENTS
        if event["type"] in FAILURE_EVENTS:
            details: Mapping[str, Any] = next(
                (value for name, value in event.items() if name.endswith("EventDetails")), {}
            )
            last = Attempts(0, details.get("error"), details.get("cause"))
    return Attempts(number, last.error, last.cause)
