"""The API's answers about executions, through boto3."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE, WAIT_AND_PASS
from tests.contract.states.test_state_machines import ABSENT, error_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LONG = '{"expirydate": 99999}'


@pytest.fixture
def arn(sfn: "SFNClient") -> Iterator[str]:
    name = f"machine-{uuid4()}"
    created = sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE)
    yield created["stateMachineArn"]
    sfn.delete_state_machine(stateMachineArn=created["stateMachineArn"])


def wait_for_end(sfn: "SFNClient", execution_arn: str) -> dict[str, Any]:
    """Wait up to ten seconds for an execution's end, and return its description."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        described = sfn.describe_execution(executionArn=execution_arn)
        if described["status"] != "RUNNING":
            return dict(described)
        time.sleep(0.01)
    raise AssertionError(f"still running after 10 s: {execution_arn}")


def test_execution_runs_to_its_end(sfn: "SFNClient", arn: str) -> None:
    """It waits, continues, and its output is its input."""
    started = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 1, "a": 1233333}')
    described = wait_for_end(sfn, started["executionArn"])
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"expirydate": 1, "a": 1233333}
    assert described["startDate"] == started["startDate"]
    assert described["stopDate"] - described["startDate"] >= timedelta(seconds=0.05)


def test_history_has_every_event_in_aws_form(sfn: "SFNClient", arn: str) -> None:
    """Ids count from 1, the first state's previous event is 0, and no data is truncated."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    wait_for_end(sfn, execution)
    events = sfn.get_execution_history(executionArn=execution)["events"]
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "WaitStateEntered"),
        (3, 2, "WaitStateExited"),
        (4, 3, "PassStateEntered"),
        (5, 4, "PassStateExited"),
        (6, 5, "ExecutionSucceeded"),
    ]
    assert events[1]["stateEnteredEventDetails"] == {
        "name": "Wait",
        "input": '{"expirydate":0}',
        "inputDetails": {"truncated": False},
    }


def test_history_is_paged_in_reverse_order(sfn: "SFNClient", arn: str) -> None:
    """Pages of four return each event once."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    wait_for_end(sfn, execution)
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 4}
    )
    assert [[event["id"] for event in page["events"]] for page in pages] == [[6, 5, 4, 3], [2, 1]]


def test_history_is_returned_without_data_on_request(sfn: "SFNClient", arn: str) -> None:
    """Names of states stay. Inputs and outputs are left out."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    wait_for_end(sfn, execution)
    events = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
    assert events[1]["stateEnteredEventDetails"] == {"name": "Wait"}


def test_same_name_and_input_returns_the_running_execution(sfn: "SFNClient", arn: str) -> None:
    """The second call raises no error and starts nothing."""
    first = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    second = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    sfn.stop_execution(executionArn=first["executionArn"])


def test_same_name_with_other_input_is_refused(sfn: "SFNClient", arn: str) -> None:
    """The message names the running execution."""
    execution = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)["executionArn"]
    answer = error_of(lambda: sfn.start_execution(stateMachineArn=arn, name="order-42", input="{}"))
    assert answer == ("ExecutionAlreadyExists", f"Execution Already Exists: '{execution}'")
    sfn.stop_execution(executionArn=execution)


def test_name_of_an_ended_execution_is_taken(sfn: "SFNClient", arn: str) -> None:
    """The same input does not change that."""
    execution = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)["executionArn"]
    sfn.stop_execution(executionArn=execution)
    answer = error_of(lambda: sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG))
    assert answer[0] == "ExecutionAlreadyExists"


def test_stop_ends_a_wait_at_once_with_error_and_cause(sfn: "SFNClient", arn: str) -> None:
    """The execution is ABORTED, and a second stop changes nothing."""
    execution = sfn.start_execution(stateMachineArn=arn, input=LONG)["executionArn"]
    stopped = sfn.stop_execution(executionArn=execution, error="Delay.Cancelled", cause="changed my mind")
    described = sfn.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == (
        "ABORTED",
        "Delay.Cancelled",
        "changed my mind",
    )
    again = sfn.stop_execution(executionArn=execution, error="Other")
    assert again["stopDate"] == stopped["stopDate"] == described["stopDate"]


def test_executions_are_listed_latest_first(sfn: "SFNClient", arn: str) -> None:
    """The status filter holds across pages."""
    arns = [
        sfn.start_execution(stateMachineArn=arn, name=f"n{number}", input=LONG)["executionArn"]
        for number in range(5)
    ]
    sfn.stop_execution(executionArn=arns[2])
    pages = sfn.get_paginator("list_executions").paginate(
        stateMachineArn=arn, statusFilter="RUNNING", PaginationConfig={"PageSize": 2}
    )
    names = [[execution["name"] for execution in page["executions"]] for page in pages]
    assert names == [["n4", "n3"], ["n1", "n0"]]
    for execution in arns:
        sfn.stop_execution(executionArn=execution)


@pytest.mark.parametrize("token", ["nonsense", "bm9uc2Vuc2U=", "x" * 3000])
def test_unknown_paging_token_is_refused(sfn: "SFNClient", arn: str, token: str) -> None:
    """So is the token of another query."""
    answer = error_of(lambda: sfn.list_executions(stateMachineArn=arn, nextToken=token))
    assert answer == ("InvalidToken", "Invalid Token: 'Invalid token'")


@pytest.mark.parametrize("text", ["", "{", "nonsense", "{'a': 1}", '{"a": NaN}', "[" * 100_000])
def test_input_that_is_not_json_is_refused(sfn: "SFNClient", arn: str, text: str) -> None:
    """No execution is started."""
    code, message = error_of(lambda: sfn.start_execution(stateMachineArn=arn, name="bad", input=text))
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")
    assert not sfn.list_executions(stateMachineArn=arn)["executions"]


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_input_is_refused_in_aws_words(sfn: "SFNClient", arn: str, text: str) -> None:
    """A missing input is different: it becomes an empty object."""
    answer = error_of(lambda: sfn.start_execution(stateMachineArn=arn, input=text))
    expected = "Invalid State Machine Execution Input: 'Invalid execution input.'"
    assert answer == ("InvalidExecutionInput", expected)


def test_input_over_262144_characters_is_refused(sfn: "SFNClient", arn: str) -> None:
    """The API's model sets the limit."""
    text = json.dumps({"a": "x" * 262_144})
    assert error_of(lambda: sfn.start_execution(stateMachineArn=arn, input=text))[0] == "ValidationException"


def test_input_over_262144_bytes_is_refused(sfn: "SFNClient", arn: str) -> None:
    """Fewer characters can take more bytes."""
    text = json.dumps({"a": "€" * 90_000}, ensure_ascii=False)
    assert (
        error_of(lambda: sfn.start_execution(stateMachineArn=arn, input=text))[0] == "InvalidExecutionInput"
    )


@pytest.mark.parametrize("bad", ["a b", "a*b", "a\x7fb", "a|b"])
def test_execution_name_with_forbidden_characters_is_refused(sfn: "SFNClient", arn: str, bad: str) -> None:
    """State machines have the same rule."""
    answer = error_of(lambda: sfn.start_execution(stateMachineArn=arn, name=bad))
    assert answer == ("InvalidName", f"Invalid Name: '{bad}'")


def test_unknown_state_machine_is_named(sfn: "SFNClient") -> None:
    """The words are AWS's."""
    answer = error_of(lambda: sfn.start_execution(stateMachineArn=ABSENT))
    assert answer == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{ABSENT}'")


@pytest.mark.parametrize(
    "call",
    ["describe_execution", "stop_execution", "get_execution_history", "describe_state_machine_for_execution"],
)
def test_unknown_execution_is_named(sfn: "SFNClient", call: str) -> None:
    """Every operation on an execution answers so."""
    absent = "arn:aws:states:us-east-1:123456789012:execution:absent:absent"
    operation: Callable[..., object] = getattr(sfn, call)
    answer = error_of(lambda: operation(executionArn=absent))
    assert answer == ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{absent}'")


@pytest.mark.parametrize("bad", ["nonsense", "arn:aws:lambda:us-east-1:123456789012:function:f"])
def test_invalid_execution_arn_is_refused(sfn: "SFNClient", bad: str) -> None:
    """The message repeats it."""
    answer = error_of(lambda: sfn.describe_execution(executionArn=bad))
    assert answer == ("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {bad}'")


def test_succeeded_execution_is_not_redrivable(sfn: "SFNClient", arn: str) -> None:
    """DescribeExecution has the reason."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    described = wait_for_end(sfn, execution)
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_execution_without_a_name_gets_one(sfn: "SFNClient") -> None:
    """Without an input, it gets an empty object."""
    name = f"machine-{uuid4()}"
    machine = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    described = wait_for_end(sfn, execution)
    assert described["executionArn"].endswith(described["name"])
    assert described["input"] == described["output"] == "{}"


def test_call_without_a_lambda_endpoint_fails(sfn: "SFNClient") -> None:
    """The cause names the address and the setting."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    states = {"Call": {"Type": "Task", "Resource": arn, "End": True}}
    machine = sfn.create_state_machine(
        name=f"machine-{uuid4()}", definition=json.dumps({"StartAt": "Call", "States": states}), roleArn=ROLE
    )
    started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])
    described = wait_for_end(sfn, started["executionArn"])
    assert (described["status"], described["error"]) == ("FAILED", "Lambda.SdkClientException")
    assert "http://127.0.0.1:9" in described["cause"]
    assert "LAMBDA_ENDPOINT" in described["cause"]
