"""Calls of services, and what became of them."""

import json
import re
from typing import Any

from stepfunctions_local.engine.execution.call import Caller, CallResult
from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.language import Call, Failure, Integration, Json

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:delay"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:delay:order-42"
CALLER = Caller(EXECUTION, MACHINE, "2/0")


def call(name: str, parameters: dict[str, Json], **fields: Any) -> Call:  # noqa: ANN401 - any field
    """Call an integration by its service and action."""
    service, _, action = name.partition(":")
    return Call(Integration("", service, action), parameters, **fields)


async def result(calls: TaskCalls, name: str, parameters: dict[str, Json]) -> dict[str, Any]:
    """The result of a call that succeeds."""
    outcome = await calls.run(call(name, parameters), CALLER)
    assert isinstance(outcome, CallResult), outcome
    value: dict[str, Any] = json.loads(outcome.text)
    return value


async def failure(calls: TaskCalls, name: str, parameters: dict[str, Json]) -> tuple[str, str]:
    """Error and cause of a call that fails."""
    outcome = await calls.run(call(name, parameters), CALLER)
    assert isinstance(outcome, Failure), outcome
    return outcome.error or "", re.sub("Request ID: [^;]+", "Request ID: *", outcome.cause or "")
