"""The function that due tasks call, as a test brings it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeAlias


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What the state machine sends along: `custom` has the `execution`'s ARN and its `startTime`."""

    custom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the function. A Lambda handler can take it for its `context`."""

    event: dict[str, Any]
    time: datetime
    client_context: ClientContext

    @classmethod
    def of(cls, execution_arn: str, started: datetime, input_text: str, now: datetime) -> Self:
        """Make the call of an execution."""
        start_time = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        context = ClientContext({"execution": execution_arn, "startTime": start_time})
        return cls(json.loads(input_text), now, context)

    @property
    def execution_arn(self) -> str:
        """The ARN of the execution that called."""
        return self.client_context.custom["execution"]


Function: TypeAlias = Callable[[dict[str, Any], Call], Any]
"""Takes an event and a context, as a Lambda handler does. What it raises lets the task fail."""


@dataclass(frozen=True, slots=True)
class FunctionOutcome:
    """What came of a call: an output, or an error with its cause."""

    output: str | None = None
    error: str | None = None
    cause: str | None = None


def outcome_of(function: Function, call: Call) -> FunctionOutcome:
    """Call the function."""
    try:
        return FunctionOutcome(output=json.dumps(function(call.event, call)))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, Lambda reports
        name = type(error).__name__
        return FunctionOutcome(error=name, cause=json.dumps({"errorMessage": str(error), "errorType": name}))


def no_function(_event: dict[str, Any], _call: Call) -> None:
    """Do nothing."""
