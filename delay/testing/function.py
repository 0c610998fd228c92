"""The function that due tasks call, which a test supplies."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeAlias


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The client context of a call: `custom` has the `execution`'s ARN and its `startTime`."""

    custom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the function. It can serve as the `context` of a Lambda handler."""

    event: dict[str, Any]
    time: datetime
    client_context: ClientContext

    @classmethod
    def of(cls, execution_arn: str, started: datetime, input_text: str, now: datetime) -> Self:
        """Build the call of an execution."""
        start_time = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        context = ClientContext({"execution": execution_arn, "startTime": start_time})
        return cls(json.loads(input_text), now, context)

    @property
    def execution_arn(self) -> str:
        """The ARN of the calling execution."""
        return self.client_context.custom["execution"]


Function: TypeAlias = Callable[[dict[str, Any], Call], Any]
"""Takes an event and a context, like a Lambda handler. If it raises, the task fails."""


@dataclass(frozen=True, slots=True)
class FunctionOutcome:
    """The outcome of a call: an output, or an error and its cause."""

    output: str | None = None
    error: str | None = None
    cause: str | None = None


def call_function(function: Function, call: Call) -> FunctionOutcome:
    """Call the function and return its outcome."""
    try:
        return FunctionOutcome(output=json.dumps(function(call.event, call)))
    except Exception as error:  # noqa: BLE001 - Lambda reports every error of a handler
        name = type(error).__name__
        return FunctionOutcome(error=name, cause=json.dumps({"errorMessage": str(error), "errorType": name}))


def no_function(_event: dict[str, Any], _call: Call) -> None:
    """Do nothing."""
