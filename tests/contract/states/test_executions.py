"""What the API answers about executions, through boto3."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE, WAIT_AND_PASS
from tests.contract.states.test_state_machines import ABSENT, refused

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LONG = '{"expirydate": 99999}'


@pytest.fixture
def arn(sfn: "SFNClient") -> Iterator[str]:
    name = f"machine-{uuid4()}"
    created = sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE)
    yield created["stateMachineArn"]
    sfn.delete_state_machine(stateMachineArn=created["stateMachineArn"])


def ended(sfn: "SFNClient", execution_arn: str) -> dict[str, Any]:
    """Wait for an execution's end, ten seconds at most, and return its description."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        described = sfn.describe_execution(executionArn=execution_arn)
        if described["status"] != "RUNNING":
            return dict(described)
        time.sleep(0.01)
    raise AssertionError(f"still running after 10 s: {execution_arn}")


def test_an_execution_runs_to_its_end(sfn: "SFNClient", arn: str) -> None:
    """It waits, goes on, and its output is its input."""
    started = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 1, "a": 1233333}')
    described = ended(sfn, started["executionArn"])
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"expirydate": 1, "a": 1233333}
    assert described["startDate"] == started["startDate"]
    assert described["stopDate"] - described["startDate"] >= timedelta(seconds=0.05)


def test_the_history_tells_every_event_in_aws_form(sfn: "SFNClient", arn: str) -> None:
    """Ids count from one, the first state's previous event is 0, data is said to be whole."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    ended(sfn, execution)
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


def test_the_history_comes_backwards_and_page_by_page(sfn: "SFNClient", arn: str) -> None:
    """Pages of four, from the last event to the first, give each once."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    ended(sfn, execution)
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 4}
    )
    assert [[event["id"] for event in page["events"]] for page in pages] == [[6, 5, 4, 3], [2, 1]]


def test_the_history_comes_without_data_where_none_is_wanted(sfn: "SFNClient", arn: str) -> None:
    """Names of states stay, inputs and outputs go."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    ended(sfn, execution)
    events = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
    assert events[1]["stateEnteredEventDetails"] == {"name": "Wait"}


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(sfn: "SFNClient", arn: str) -> None:
    """The second call is no error and starts nothing."""
    first = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    second = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    sfn.stop_execution(executionArn=first["executionArn"])


def test_the_same_name_with_other_input_is_refused(sfn: "SFNClient", arn: str) -> None:
    """The running execution is named."""
    execution = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)["executionArn"]
    answer = refused(lambda: sfn.start_execution(stateMachineArn=arn, name="order-42", input="{}"))
    assert answer == ("ExecutionAlreadyExists", f"Execution Already Exists: '{execution}'")
    sfn.stop_execution(executionArn=execution)


def test_the_name_of_an_ended_execution_is_taken(sfn: "SFNClient", arn: str) -> None:
    """Even with the same input."""
    execution = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)["executionArn"]
    sfn.stop_execution(executionArn=execution)
    answer = refused(lambda: sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG))
    assert answer[0] == "ExecutionAlreadyExists"


def test_a_stop_ends_a_wait_at_once_with_error_and_cause(sfn: "SFNClient", arn: str) -> None:
    """The execution is ABORTED, and stopping it again changes nothing."""
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


def test_executions_are_listed_latest_first_by_status_and_page(sfn: "SFNClient", arn: str) -> None:
    """The filter holds across pages."""
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
def test_a_paging_token_that_was_not_given_out_is_refused(sfn: "SFNClient", arn: str, token: str) -> None:
    """So is one of another question."""
    answer = refused(lambda: sfn.list_executions(stateMachineArn=arn, nextToken=token))
    assert answer == ("InvalidToken", "Invalid Token: 'Invalid token'")


@pytest.mark.parametrize("text", ["", "{", "nonsense", "{'a': 1}", '{"a": NaN}', "[" * 100_000])
def test_an_input_that_is_not_json_is_refused(sfn: "SFNClient", arn: str, text: str) -> None:
    """No execution is started."""
    code, message = refused(lambda: sfn.start_execution(stateMachineArn=arn, name="bad", input=text))
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")
    assert not sfn.list_executions(stateMachineArn=arn)["executions"]


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_input_is_refused_in_the_words_of_aws(sfn: "SFNClient", arn: str, text: str) -> None:
    """To leave it out is another thing: then it is an empty object."""
    answer = refused(lambda: sfn.start_execution(stateMachineArn=arn, input=text))
    expected = "Invalid State Machine Execution Input: 'Invalid execution input.'"
    assert answer == ("InvalidExecutionInput", expected)


def test_an_input_over_262144_characters_is_refused(sfn: "SFNClient", arn: str) -> None:
    """The API's model sets the limit."""
    text = json.dumps({"a": "x" * 262_144})
    assert refused(lambda: sfn.start_execution(stateMachineArn=arn, input=text))[0] == "ValidationException"


def test_an_input_over_262144_bytes_is_refused(sfn: "SFNClient", arn: str) -> None:
    """Fewer characters can be more bytes."""
    text = json.dumps({"a": "€" * 90_000}, ensure_ascii=False)
    assert refused(lambda: sfn.start_execution(stateMachineArn=arn, input=text))[0] == "InvalidExecutionInput"


@pytest.mark.parametrize("bad", ["a b", "a*b", "a\x7fb", "a|b"])
def test_an_execution_name_with_forbidden_characters_is_refused(sfn: "SFNClient", arn: str, bad: str) -> None:
    """The rule is that of state machines."""
    answer = refused(lambda: sfn.start_execution(stateMachineArn=arn, name=bad))
    assert answer == ("InvalidName", f"Invalid Name: '{bad}'")


def test_an_unknown_state_machine_is_named(sfn: "SFNClient") -> None:
    """In AWS's words."""
    answer = refused(lambda: sfn.start_execution(stateMachineArn=ABSENT))
    assert answer == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{ABSENT}'")


@pytest.mark.parametrize(
    "call",
    ["describe_execution", "stop_execution", "get_execution_history", "describe_state_machine_for_execution"],
)
def test_an_unknown_execution_is_named(sfn: "SFNClient", call: str) -> None:
    """Whatever was asked about it."""
    absent = "arn:aws:states:us-east-1:123456789012:execution:absent:absent"
    ask: Callable[..., object] = getattr(sfn, call)
    answer = refused(lambda: ask(executionArn=absent))
    assert answer == ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{absent}'")


@pytest.mark.parametrize("bad", ["nonsense", "arn:aws:lambda:us-east-1:123456789012:function:f"])
def test_what_is_no_arn_of_the_kind_is_refused(sfn: "SFNClient", bad: str) -> None:
    """The error repeats it."""
    answer = refused(lambda: sfn.describe_execution(executionArn=bad))
    assert answer == ("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {bad}'")


def test_an_execution_that_succeeded_cannot_be_redriven_and_says_so(sfn: "SFNClient", arn: str) -> None:
    """DescribeExecution gives the reason."""
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate":0}')["executionArn"]
    described = ended(sfn, execution)
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_without_a_name_an_execution_gets_one(sfn: "SFNClient") -> None:
    """And without an input, an empty object."""
    name = f"machine-{uuid4()}"
    machine = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    described = ended(sfn, execution)
    assert described["executionArn"].endswith(described["name"])
    assert described["input"] == described["output"] == "{}"


def test_a_call_that_nobody_takes_fails_and_says_what_to_look_at(sfn: "SFNClient") -> None:
    """Where no Lambda endpoint listens, the failure names the address and the setting."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    states = {"Call": {"Type": "Task", "Resource": arn, "End": True}}
    machine = sfn.create_state_machine(
        name=f"machine-{uuid4()}", definition=json.dumps({"StartAt": "Call", "States": states}), roleArn=ROLE
    )
    started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])
    described = ended(sfn, started["executionArn"])
    assert (described["status"], described["error"]) == ("FAILED", "Lambda.SdkClientException")
    assert "http://127.0.0.1:9" in described["cause"]
    assert "LAMBDA_ENDPOINT" in described["cause"]
