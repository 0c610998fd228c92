"""The flow of commands that began this project works unchanged with the AWS CLI and with boto3."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.acceptance.seed import INPUT, Flow, endpoints, play
from tests.acceptance.steps import aws_cli, moment, with_boto3

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("seed")]

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:test"
CLIENTS = {"aws-cli": aws_cli, "boto3": with_boto3}


@pytest.fixture(scope="session")
def flows(built: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flow]:  # noqa: ARG001 - it skips
    """Run the flow through both clients at once: each waits for eleven seconds."""
    folders = {client: tmp_path_factory.mktemp(client) for client in CLIENTS}

    def play_with(client: str) -> Flow:
        with endpoints(folders[client]) as (_, states):
            url = states.urls[0]
            return play(CLIENTS[client](url), with_boto3(url), states)

    with ThreadPoolExecutor() as threads:
        return dict(zip(CLIENTS, threads.map(play_with, CLIENTS), strict=True))


@pytest.fixture(params=CLIENTS)
def flow(flows: dict[str, Flow], request: pytest.FixtureRequest) -> Flow:
    return flows[request.param]


def event(flow: Flow, type_: str) -> dict[str, Any]:
    """Return the one history event of a type."""
    (found,) = (event for event in flow.history if event["type"] == type_)
    return found


def test_state_machine_is_created_under_its_name(flow: Flow) -> None:
    """Its ARN has an account and a Region, though no request names them."""
    assert flow.created["stateMachineArn"] == ARN


def test_function_arn_without_an_account_is_accepted_with_a_warning(flow: Flow) -> None:
    """The original definition has such an ARN. AWS itself requires the account."""
    (warning,) = flow.printed.splitlines()
    assert warning.startswith("WARNING State machine 'test'")
    assert "arn:aws:lambda:us-east-1:function:HelloWorldFunction:$LATEST" in warning
    assert "account" in warning


def test_execution_continues_after_eleven_seconds(flow: Flow) -> None:
    """It is never early. The benchmark measures how late it is."""
    waited = moment(event(flow, "WaitStateExited")["timestamp"]) - moment(flow.waited["startDate"])
    assert waited >= timedelta(seconds=11)


def test_execution_succeeds_with_the_output_of_the_function(flow: Flow) -> None:
    """The function received the whole input."""
    assert (flow.waited["status"], flow.waited["input"]) == ("SUCCEEDED", INPUT)
    assert json.loads(flow.waited["output"])["received"] == json.loads(INPUT)


def test_history_has_every_event_in_order(flow: Flow) -> None:
    """It covers the execution from start to end."""
    assert [event["type"] for event in flow.history] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_execution_without_expirydate_fails_with_the_message_of_aws(flow: Flow) -> None:
    """The path matches nothing in the input."""
    assert (flow.failed["status"], flow.failed["error"]) == ("FAILED", "States.Runtime")
    assert flow.failed["cause"] == (
        "An error occurred while executing the state 'wait_until' (entered at the event id #2). "
        "The SecondsPath parameter does not reference an input value: $.expirydate"
    )


def test_stop_ends_the_wait_with_its_error_and_cause(flow: Flow) -> None:
    """The execution ends at once, not at the end of its wait."""
    stopped = flow.stopped
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Seed", "enough")


def test_state_machines_and_executions_are_listed(flow: Flow) -> None:
    """The latest execution comes first: by its end, or by its start while it runs."""
    assert {machine["name"] for machine in flow.machines} == {"short-lived", "test"}
    statuses = {execution["status"] for execution in flow.executions}
    assert statuses > {"ABORTED", "FAILED"}
    moments = [execution.get("stopDate", execution["startDate"]) for execution in flow.executions]
    assert moments == sorted(moments, reverse=True)


def test_deleted_state_machine_fails_its_executions_at_their_next_step(flow: Flow) -> None:
    """It is DELETING while an execution waits."""
    assert flow.deletion.machine["status"] == "DELETING"
    assert flow.deletion.passed_by["status"] == "FAILED"
    assert "has been deleted" in flow.deletion.passed_by["cause"]


def test_name_of_a_deleted_state_machine_can_be_reused(flow: Flow) -> None:
    """Another definition is accepted once no execution of the old one runs."""
    assert flow.deletion.created_again["stateMachineArn"] == ARN.replace("test", "short-lived")
