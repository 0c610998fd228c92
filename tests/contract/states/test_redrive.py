"""What the API answers about executions that are redriven, through boto3."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.contract.states.machines import ROLE
from tests.contract.states.test_executions import ended
from tests.contract.states.test_state_machines import refused

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}}
LONG = '{"expirydate": 99999}'


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    name = f"machine-{uuid4()}"
    return sfn.create_state_machine(name=name, definition=json.dumps(WAIT), roleArn=ROLE)["stateMachineArn"]


def stopped(sfn: "SFNClient", arn: str) -> str:
    """Start an execution, and stop it."""
    execution = sfn.start_execution(stateMachineArn=arn, input=LONG)["executionArn"]
    sfn.stop_execution(executionArn=execution, error="Delay.Cancelled", cause="changed my mind")
    return execution


def test_what_was_stopped_goes_on_and_tells_how_often_it_was_redriven(sfn: "SFNClient", arn: str) -> None:
    """It forgets how it ended, and its history goes on."""
    execution = stopped(sfn, arn)
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


def test_a_request_that_is_sent_again_redrives_once(sfn: "SFNClient", arn: str) -> None:
    """The client's token tells that it is the same."""
    execution = stopped(sfn, arn)
    answers = [sfn.redrive_execution(executionArn=execution, clientToken="one") for _ in range(2)]
    assert answers[0]["redriveDate"] == answers[1]["redriveDate"]
    assert sfn.describe_execution(executionArn=execution)["redriveCount"] == 1


@pytest.mark.parametrize("token", ["", "t" * 65, "two words"])
def test_a_token_is_1_to_64_visible_characters(sfn: "SFNClient", arn: str, token: str) -> None:
    """As AWS's model has it."""
    execution = stopped(sfn, arn)
    answer = refused(lambda: sfn.redrive_execution(executionArn=execution, clientToken=token))
    assert answer[0] == "ValidationException"


def test_what_succeeded_is_not_redriven(sfn: "SFNClient", arn: str) -> None:
    """The reason is the one that DescribeExecution tells."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 0}')["executionArn"]
    reason = ended(sfn, execution)["redriveStatusReason"]
    code, message = refused(lambda: sfn.redrive_execution(executionArn=execution))
    assert code == "ExecutionNotRedrivable"
    assert reason == "Execution is SUCCEEDED and cannot be redriven"
    assert reason in message


def test_a_list_shows_redriven_executions_or_the_others(sfn: "SFNClient", arn: str) -> None:
    """What was redriven stands where it was redriven: before what began since."""
    first, second = stopped(sfn, arn), stopped(sfn, arn)
    redriven = sfn.redrive_execution(executionArn=first)["redriveDate"]
    listed = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert [(one["executionArn"], one["redriveCount"]) for one in listed] == [(first, 1), (second, 0)]
    assert listed[0]["redriveDate"] == redriven
    for wish, expected in (("REDRIVEN", first), ("NOT_REDRIVEN", second)):
        (one,) = sfn.list_executions(stateMachineArn=arn, redriveFilter=wish)["executions"]  # type: ignore[arg-type]
        assert one["executionArn"] == expected


def test_pending_redrive_is_for_map_runs_alone(sfn: "SFNClient", arn: str) -> None:
    """AWS refuses it together with a state machine."""
    answer = refused(lambda: sfn.list_executions(stateMachineArn=arn, statusFilter="PENDING_REDRIVE"))
    assert answer[0] == "ValidationException"
