"""An execution waits for another one that it has started: `.sync` and `.sync:2`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.integrations.machines import create, details, ended, history, start, task, until

WAIT = {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}
FAIL = {"Type": "Fail", "Error": "SomeFailure", "Cause": "On purpose."}


def parent(local: LocalStepFunctions, child: str, pattern: str, **fields: Any) -> str:  # noqa: ANN401 - any field
    """A state machine that starts another one with its own input."""
    parameters = {"StateMachineArn": child, "Name": "child", "Input.$": "$"}
    return create(local, "parent", Start=task(f"states:startExecution{pattern}", parameters, **fields))


@pytest.mark.parametrize(
    ("pattern", "shown"), [(".sync", '{"expirydate":86400}'), (".sync:2", {"expirydate": 86_400})]
)
def test_an_execution_waits_for_another_one(pattern: str, shown: object, local: LocalStepFunctions) -> None:
    """A day passes, and the result is the description of the child as AWS gives it."""
    child = create(local, "child", Wait=WAIT)
    execution = start(local, parent(local, child, pattern), {"expirydate": 86_400})
    until(lambda: history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.skip(timedelta(days=1))
    output = json.loads(ended(local, execution)["output"])
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
    submitted, succeeded = history(local, execution)[4:6]
    assert details(submitted)["resource"] == details(succeeded)["resource"] == f"startExecution{pattern}"
    assert json.loads(details(submitted)["output"])["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_a_child_that_fails_fails_its_parent(local: LocalStepFunctions) -> None:
    """With its description as the cause."""
    child = create(local, "child", Fail=FAIL)
    failed = ended(local, start(local, parent(local, child, ".sync:2"), {}))
    assert failed["error"] == "States.TaskFailed"
    cause = json.loads(failed["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "SomeFailure", "On purpose.")
    assert cause["Input"] == "{}"


def test_a_parent_that_is_stopped_stops_its_child(local: LocalStepFunctions) -> None:
    """As AWS does."""
    child = create(local, "child", Wait=WAIT)
    execution = start(local, parent(local, child, ".sync"), {"expirydate": 86_400})
    until(lambda: history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.client.stop_execution(executionArn=execution)
    arn = child.replace(":stateMachine:", ":execution:") + ":child"
    assert ended(local, arn)["status"] == "ABORTED"


def test_a_child_that_ends_in_the_same_skip_lets_its_parent_go_on_in_it(local: LocalStepFunctions) -> None:
    """The parent's next wait begins when the child has ended, and ends where the skip leads."""
    child = create(local, "child", Wait=WAIT)
    parameters = {"StateMachineArn": child, "Input.$": "$"}
    start_child = task("states:startExecution.sync", parameters, ResultPath=None, Next="Wait")
    del start_child["End"]
    execution = start(local, create(local, "parent", Start=start_child, Wait=WAIT), {"expirydate": 86_400})
    until(lambda: history(local, execution)[-1]["type"] == "TaskSubmitted")
    local.skip(timedelta(days=2))
    described = ended(local, execution)
    lasted = described["stopDate"] - described["startDate"]
    assert timedelta(days=2) <= lasted < timedelta(days=2, seconds=5)


def test_a_child_is_waited_for_over_a_restart(tmp_path: Path) -> None:
    """It is not started again."""
    with LocalStepFunctions(data_dir=tmp_path) as local:
        child = create(local, "child", Wait=WAIT)
        execution = start(local, parent(local, child, ".sync"), {"expirydate": 86_400})
        until(lambda: history(local, execution)[-1]["type"] == "TaskSubmitted")
    with LocalStepFunctions(data_dir=tmp_path) as local:
        local.skip(timedelta(days=1))
        assert ended(local, execution)["status"] == "SUCCEEDED"
        assert len(local.client.list_executions(stateMachineArn=child)["executions"]) == 1


def test_a_child_at_another_endpoint_is_waited_for() -> None:
    """The parent's endpoint asks it every second: the two have clocks of their own."""
    with LocalStepFunctions() as other, LocalStepFunctions(endpoints={"states": other.url}) as local:
        child = create(other, "child", Wait=WAIT)
        execution = start(local, parent(local, child, ".sync"), {"expirydate": 86_400})
        until(lambda: history(local, execution)[-1]["type"] == "TaskSubmitted")
        other.skip(timedelta(days=1))
        assert ended(local, execution)["status"] == "SUCCEEDED"
