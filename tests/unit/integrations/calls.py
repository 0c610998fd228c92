"""Calls of services and their outcomes."""

import json
import re
from typing import Any

from stepfunctions_local.engine.execution.call import Caller, CallResult
from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.language import Call, Failure, Integration, Json

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:delay"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:delay:order-42"
CALLER = Caller(EXECUTION, MACHINE, "2/0")


def make_call(name: str, parameters: dict[str, Json], **fields: Any) -> Call:
    """Return a call of an integration by its service and action."""
    service, _, action = name.rpartition(":")
    return Call(Integration("", service, action), parameters, **fields)


async def get_result(calls: TaskCalls, name: str, parameters: dict[str, Json]) -> dict[str, Any]:
    """Return the result of a call that succeeds."""
    outcome = await calls.run(make_call(name, parameters), CALLER)
    assert isinstance(outcome, CallResult), outcome
    value: dict[str, Any] = json.loads(outcome.text)
    return value


async def get_failure(calls: TaskCalls, name: str, parameters: dict[str, Json]) -> tuple[str, str]:
    """Return error and cause of a call that fails. The cause has `*` as its request ID."""
    outcome = await calls.run(make_call(name, parameters), CALLER)
    assert isinstance(outcome, Failure), outcome
    return outcome.error or "", re.sub("Request ID: [^;]+", "Request ID: *", outcome.cause or "")
