"""State machines that call services, and what became of their executions."""

import json
import time
from collections.abc import Callable
from typing import Any

from stepfunctions_local.testing import LocalStepFunctions

ROLE = "arn:aws:iam::123456789012:role/DummyRole"


def task(resource: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """A Task that calls an integration, by what follows `arn:aws:states:::`."""
    arn = f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "Parameters": parameters, "End": True, **fields}


def create(local: LocalStepFunctions, name: str = "delay", /, **states: dict[str, Any]) -> str:
    """A state machine that starts at the first of its states."""
    definition = {"StartAt": next(iter(states)), "States": states}
    created = local.client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    return created["stateMachineArn"]


def start(local: LocalStepFunctions, machine: str, value: object = None, **fields: str) -> str:
    """An execution of it."""
    given = json.dumps({} if value is None else value)
    return local.client.start_execution(stateMachineArn=machine, input=given, **fields)["executionArn"]


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; it has ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("It was not so within 10 s.")
        time.sleep(0.01)


def ended(local: LocalStepFunctions, execution: str) -> dict[str, Any]:
    """The description of an execution that has ended."""
    until(lambda: local.client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return dict(local.client.describe_execution(executionArn=execution))


def history(local: LocalStepFunctions, execution: str) -> list[dict[str, Any]]:
    """The events of an execution."""
    answer = local.client.get_execution_history(executionArn=execution, maxResults=1000)
    return [dict(event) for event in answer["events"]]


def details(event: dict[str, Any]) -> dict[str, Any]:
    """What an event says beside its number, time and type."""
    (found,) = (value for name, value in event.items() if name.endswith("EventDetails"))
    return dict(found)
