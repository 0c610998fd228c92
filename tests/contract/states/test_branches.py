"""The API's answers about executions with branches, through boto3."""

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import ROLE
from tests.contract.states.test_executions import wait_for_end

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WAIT = {"Type": "Wait", "SecondsPath": "$", "End": True}
EACH = {
    "Type": "Map",
    "ItemsPath": "$.delays",
    "ItemProcessor": {"StartAt": "Wait", "States": {"Wait": WAIT}},
    "End": True,
}
ODD = {"Type": "Fail", "Error": "Odd", "Cause": "reason"}


def run(sfn: "SFNClient", *branches: dict[str, Any]) -> dict[str, Any]:
    """Run a Parallel to its end, and return its description."""
    states = [{"StartAt": name, "States": {name: state}} for name, state in zip("AB", branches, strict=True)]
    work = {"Type": "Parallel", "Branches": states, "End": True}
    definition = json.dumps({"StartAt": "Work", "States": {"Work": work}})
    machine = sfn.create_state_machine(name=f"machine-{uuid4()}", definition=definition, roleArn=ROLE)
    started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"delays": [2, 1]}')
    return wait_for_end(sfn, started["executionArn"])


@pytest.fixture
def execution(sfn: "SFNClient") -> str:
    """The ARN of an execution that waited twice in a Map within a Parallel."""
    return str(run(sfn, EACH, {"Type": "Pass", "Result": "beside", "End": True})["executionArn"])


def test_outputs_of_branches_are_joined(sfn: "SFNClient", execution: str) -> None:
    """They are in the order of the branches and of the items."""
    described = sfn.describe_execution(executionArn=execution)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", [[2, 1], "beside"])


def test_history_has_the_events_of_branches_in_aws_form(sfn: "SFNClient", execution: str) -> None:
    """Their details are those of the API's model. Inputs are left out on request."""
    history = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)
    events = {event["type"]: event for event in history["events"]}
    assert events["ParallelStateEntered"]["stateEnteredEventDetails"] == {"name": "Work"}
    assert events["MapStateStarted"]["mapStateStartedEventDetails"] == {"length": 2}
    assert events["MapIterationSucceeded"]["mapIterationSucceededEventDetails"] == {"name": "A", "index": 0}


def test_history_of_branches_is_paged(sfn: "SFNClient", execution: str) -> None:
    """Each event comes once, in both directions."""
    whole = [event["id"] for event in sfn.get_execution_history(executionArn=execution)["events"]]
    assert whole == list(range(1, 21))
    for backwards in (False, True):
        pages = sfn.get_paginator("get_execution_history").paginate(
            executionArn=execution, reverseOrder=backwards, PaginationConfig={"PageSize": 5}
        )
        ids = [event["id"] for page in pages for event in page["events"]]
        assert ids == (whole[::-1] if backwards else whole)


def test_failed_branch_fails_the_execution(sfn: "SFNClient") -> None:
    """The execution has its error, and an event for each aborted branch."""
    described = run(sfn, EACH, ODD)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Odd", "reason")
    events = sfn.get_execution_history(executionArn=described["executionArn"])["events"]
    assert [event["type"] for event in events[-8:]] == [
        "FailStateEntered",
        "MapIterationAborted",
        "WaitStateAborted",
        "MapIterationAborted",
        "WaitStateAborted",
        "MapStateAborted",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]


def test_redrive_does_not_repeat_successful_branches(sfn: "SFNClient") -> None:
    """The failed branch fails again."""
    described = run(sfn, {"Type": "Pass", "End": True}, ODD)
    sfn.redrive_execution(executionArn=described["executionArn"])
    again = wait_for_end(sfn, described["executionArn"])
    assert (again["status"], again["redriveCount"], again["error"]) == ("FAILED", 1, "Odd")
    types = [
        event["type"] for event in sfn.get_execution_history(executionArn=again["executionArn"])["events"]
    ]
    assert types.count("PassStateEntered") == 1
    assert types[-3:] == ["ExecutionRedriven", "ParallelStateFailed", "ExecutionFailed"]
