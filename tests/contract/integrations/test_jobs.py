"""An execution waits for another one that it started: `.sync` and `.sync:2`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.integrations.machines import (
    create,
    get_details,
    get_history,
    start,
    task,
    wait_for_end,
    wait_until,
)

WAIT = {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}
FAIL = {"Type": "Fail", "Error": "SomeFailure", "Cause": "On purpose."}


def create_parent(local: LocalStepFunctions, child: str, pattern: str, **fields: Any) -> str:
    """Create a state machine that starts another one with its own input."""
    parameters = {"StateMachineArn": child, "Name": "child", "Input.$": "$"}
    return create(local, "parent", Start=task(f"states:startExecution{pattern}", parameters, **fields))


@pytest.mark.parametrize(
    ("pattern", "shown"), [(".sync", '{"expirydate":86400}'), (".sync:2", {"expirydate": 86_400})]
)
def test_an_execution_waits_for_its_child(pattern: str, shown: object, local: LocalStepFunctions) -> None:
    """A day later, its result is the description of the child as on AWS."""
    child = create(local, "child", Wait=WAIT)
    execution = start(local, create_parent(local, child, pattern), {"expirydate": 86_400})
    wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.skip(timedelta(days=1))
    output = json.loads(wait_for_end(local, execution)["output"])
    described = local.client.describe_execution(executionArn=output["ExecutionArn"])
    assert output == {
        "ExecutionArn": child.replace(":stateMachine:", ":execution:") + ":child",
        "Input": shown,
        "InputDetails": {"Included": True},
        "Name": "child",
        "Output": shown,
        "OutputDetails": {"Included": True},
        "StartDate": round(described["startDate"].timestamp() * 1000),
        "StateMachineArn": child,
        "Status": "SUCCEEDED",
        "StopDate": round(described["stopDate"].timestamp() * 1000),
    }
    submitted, succeeded = get_history(local, execution)[4:6]
    assert (
        get_details(submitted)["resource"] == get_details(succeeded)["resource"] == f"startExecution{pattern}"
    )
    assert json.loads(get_details(submitted)["output"])["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_a_failed_child_fails_its_parent(local: LocalStepFunctions) -> None:
    """The description of the child is the cause."""
    child = create(local, "child", Fail=FAIL)
    failed = wait_for_end(local, start(local, create_parent(local, child, ".sync:2"), {}))
    assert failed["error"] == "States.TaskFailed"
    cause = json.loads(failed["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "SomeFailure", "On purpose.")
    assert cause["Input"] == "{}"


def test_a_stopped_parent_stops_its_child(local: LocalStepFunctions) -> None:
    """AWS does the same."""
    child = create(local, "child", Wait=WAIT)
    execution = start(local, create_parent(local, child, ".sync"), {"expirydate": 86_400})
    wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.client.stop_execution(executionArn=execution)
    arn = child.replace(":stateMachine:", ":execution:") + ":child"
    assert wait_for_end(local, arn)["status"] == "ABORTED"


def test_a_child_and_then_its_parent_end_in_one_skip(local: LocalStepFunctions) -> None:
    """The next wait of the parent begins when the child ends, and ends in the same skip."""
    child = create(local, "child", Wait=WAIT)
    parameters = {"StateMachineArn": child, "Input.$": "$"}
    start_child = task("states:startExecution.sync", parameters, ResultPath=None, Next="Wait")
    del start_child["End"]
    execution = start(local, create(local, "parent", Start=start_child, Wait=WAIT), {"expirydate": 86_400})
    wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.skip(timedelta(days=2))
    described = wait_for_end(local, execution)
    lasted = described["stopDate"] - described["startDate"]
    assert timedelta(days=2) <= lasted < timedelta(days=2, minutes=1)


def test_a_parent_waits_for_its_child_across_a_restart(tmp_path: Path) -> None:
    """The child is not started again."""
    with LocalStepFunctions(data_dir=tmp_path) as local:
        child = create(local, "child", Wait=WAIT)
        execution = start(local, create_parent(local, child, ".sync"), {"expirydate": 86_400})
        wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
    with LocalStepFunctions(data_dir=tmp_path) as local:
        local.skip(timedelta(days=1))
        assert wait_for_end(local, execution)["status"] == "SUCCEEDED"
        assert len(local.client.list_executions(stateMachineArn=child)["executions"]) == 1


def test_a_parent_waits_for_a_child_at_another_endpoint() -> None:
    """The endpoints have separate clocks, so that of the parent polls every second."""
    with LocalStepFunctions() as other, LocalStepFunctions(endpoints={"states": other.url}) as local:
        child = create(other, "child", Wait=WAIT)
        execution = start(local, create_parent(local, child, ".sync"), {"expirydate": 86_400})
        wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
        other.skip(timedelta(days=1))
        assert wait_for_end(local, execution)["status"] == "SUCCEEDED"
