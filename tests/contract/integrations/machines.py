"""State machines that call services, and their executions."""

import json
import time
from collections.abc import Callable
from typing import Any

from stepfunctions_local.testing import LocalStepFunctions

ROLE = "arn:aws:iam::123456789012:role/DummyRole"


def task(resource: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a Task that calls an integration, named by the end of its ARN: `sqs:sendMessage`."""
    arn = f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "Parameters": parameters, "End": True, **fields}


def create(local: LocalStepFunctions, name: str = "delay", /, **states: dict[str, Any]) -> str:
    """Create a state machine that starts at the first of its states, and return its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states}
    created = local.client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    return created["stateMachineArn"]


def start(local: LocalStepFunctions, machine: str, value: object = None, **fields: str) -> str:
    """Start an execution and return its ARN."""
    given = json.dumps({} if value is None else value)
    return local.client.start_execution(stateMachineArn=machine, input=given, **fields)["executionArn"]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is met, ten seconds at most."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("The condition was not met within 10 s.")
        time.sleep(0.01)


def wait_for_end(local: LocalStepFunctions, execution: str) -> dict[str, Any]:
    """Return the description of an execution once it has ended."""
    wait_until(lambda: local.client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return dict(local.client.describe_execution(executionArn=execution))


def get_history(local: LocalStepFunctions, execution: str) -> list[dict[str, Any]]:
    """Return the events of an execution."""
    answer = local.client.get_execution_history(executionArn=execution, maxResults=1000)
    return [dict(event) for event in answer["events"]]


def get_details(event: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an event that only its type has."""
    (found,) = (value for name, value in event.items() if name.endswith("EventDetails"))
    return dict(found)
