"""The API's answers about redriven executions, through boto3."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.contract.states.machines import ROLE
from tests.contract.states.test_executions import wait_for_end
from tests.contract.states.test_state_machines import error_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}}
LONG = '{"expirydate": 99999}'


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    name = f"machine-{uuid4()}"
    return sfn.create_state_machine(name=name, definition=json.dumps(WAIT), roleArn=ROLE)["stateMachineArn"]


def start_and_stop(sfn: "SFNClient", arn: str) -> str:
    """Start an execution, stop it, and return its ARN."""
    execution = sfn.start_execution(stateMachineArn=arn, input=LONG)["executionArn"]
    sfn.stop_execution(executionArn=execution, error="Delay.Cancelled", cause="changed my mind")
    return execution


def test_redriven_execution_resumes_and_counts_its_redrives(sfn: "SFNClient", arn: str) -> None:
    """Stop date, error and cause are removed, and the history continues."""
    execution = start_and_stop(sfn, arn)
    described = sfn.describe_execution(executionArn=execution)
    assert (described["redriveStatus"], described["redriveCount"]) == ("REDRIVABLE", 0)
    redriven = sfn.redrive_execution(executionArn=execution)
    described = sfn.describe_execution(executionArn=execution)
    assert (described["status"], described["redriveCount"]) == ("RUNNING", 1)
    assert described["redriveDate"] == redriven["redriveDate"]
    assert described["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert not {"stopDate", "error", "cause"} & described.keys()
    types = [event["type"] for event in sfn.get_execution_history(executionArn=execution)["events"]]
    assert types[:2] == ["ExecutionStarted", "WaitStateEntered"]
    assert types[2:4] == ["ExecutionAborted", "ExecutionRedriven"]


def test_repeated_request_redrives_once(sfn: "SFNClient", arn: str) -> None:
    """The client token identifies it."""
    execution = start_and_stop(sfn, arn)
    answers = [sfn.redrive_execution(executionArn=execution, clientToken="one") for _ in range(2)]
    assert answers[0]["redriveDate"] == answers[1]["redriveDate"]
    assert sfn.describe_execution(executionArn=execution)["redriveCount"] == 1


@pytest.mark.parametrize("token", ["", "t" * 65, "two words"])
def test_invalid_client_token_is_refused(sfn: "SFNClient", arn: str, token: str) -> None:
    """AWS's model allows 1 to 64 visible characters."""
    execution = start_and_stop(sfn, arn)
    answer = error_of(lambda: sfn.redrive_execution(executionArn=execution, clientToken=token))
    assert answer[0] == "ValidationException"


def test_succeeded_execution_is_not_redriven(sfn: "SFNClient", arn: str) -> None:
    """The reason is that of DescribeExecution."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 0}')["executionArn"]
    reason = wait_for_end(sfn, execution)["redriveStatusReason"]
    code, message = error_of(lambda: sfn.redrive_execution(executionArn=execution))
    assert code == "ExecutionNotRedrivable"
    assert reason == "Execution is SUCCEEDED and cannot be redriven"
    assert reason in message


def test_executions_can_be_filtered_by_redrive(sfn: "SFNClient", arn: str) -> None:
    """A redriven execution is listed by the date of its redrive."""
    first, second = start_and_stop(sfn, arn), start_and_stop(sfn, arn)
    redriven = sfn.redrive_execution(executionArn=first)["redriveDate"]
    listed = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert [(execution["executionArn"], execution["redriveCount"]) for execution in listed] == [
        (first, 1),
        (second, 0),
    ]
    assert listed[0]["redriveDate"] == redriven
    for wanted, expected in (("REDRIVEN", first), ("NOT_REDRIVEN", second)):
        (execution,) = sfn.list_executions(stateMachineArn=arn, redriveFilter=wanted)["executions"]  # type: ignore[arg-type]
        assert execution["executionArn"] == expected


def test_pending_redrive_is_refused_for_a_state_machine(sfn: "SFNClient", arn: str) -> None:
    """On AWS, only Map Runs have that status."""
    answer = error_of(lambda: sfn.list_executions(stateMachineArn=arn, statusFilter="PENDING_REDRIVE"))
    assert answer[0] == "ValidationException"
