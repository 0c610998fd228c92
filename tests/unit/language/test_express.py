"""Express state machines refuse Tasks that outlive their call, in AWS's words."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import InvalidDefinition, parse_definition


def start_execution(pattern: str) -> dict[str, Any]:
    """Return a Task that starts an execution."""
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"}
    resource = f"arn:aws:states:::states:startExecution{pattern}"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def workflow(state: dict[str, Any], name: str = "A") -> dict[str, Any]:
    """Return a workflow of one state."""
    return {"StartAt": name, "States": {name: state}}


def find_faults(definition: dict[str, Any]) -> list[str]:
    """Return the faults of a definition in an Express state machine."""
    text = json.dumps(definition)
    parse_definition(text)
    try:
        parse_definition(text, is_express=True)
    except InvalidDefinition as invalid:
        return [str(fault) for fault in invalid.diagnostics]
    return []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (".sync", "'.sync' service integration"),
        (".sync:2", "'.sync' service integration"),
        (".waitForTaskToken", "'.waitForTaskToken' service integration "),
    ],
)
def test_task_that_waits_is_refused(pattern: str, words: str) -> None:
    """A Standard state machine accepts it."""
    refused = f"SCHEMA_VALIDATION_FAILED: Express state machine does not support {words} at "
    assert find_faults(workflow(start_execution(pattern))) == [f"{refused}/States/A/Resource"]


def test_activity_is_refused() -> None:
    """A worker may take longer than an Express execution lives."""
    resource = "arn:aws:states:us-east-1:123456789012:activity:work"
    (fault,) = find_faults(workflow({"Type": "Task", "Resource": resource, "End": True}))
    assert fault.endswith("Express state machine does not support activities at /States/A/Resource")


def test_task_in_a_branch_is_refused_with_its_place() -> None:
    """The place is that of the inner state."""
    inner = workflow(start_execution(".sync"), "C")
    parallel = {"Type": "Parallel", "Branches": [inner], "End": True}
    each = {"Type": "Map", "ItemProcessor": workflow(parallel, "B"), "End": True}
    (fault,) = find_faults(workflow(each))
    assert fault.endswith(" at /States/A/ItemProcessor/States/B/Branches[0]/States/C/Resource")


def test_distributed_map_is_refused() -> None:
    """Its Map Run may outlive an Express execution."""
    processor = workflow({"Type": "Pass", "End": True}, "B") | {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    }
    (fault,) = find_faults(workflow({"Type": "Map", "ItemProcessor": processor, "End": True}))
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: Express state machine does not support 'DISTRIBUTED' mode at "
        "/States/A/ItemProcessor/ProcessorConfig/Mode"
    )


def test_call_with_a_response_is_accepted() -> None:
    """It ends with its call."""
    assert find_faults(workflow(start_execution(""))) == []
