"""The flow that this project began with works, word for word, with the AWS CLI and with boto3."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import running
from tests.acceptance.seed import INPUT, Flow, endpoints, play
from tests.acceptance.steps import aws_cli, ended, moment, with_boto3
from tests.contract.states.machines import ROLE, SEED

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:test"
CLIENTS = {"aws-cli": aws_cli, "boto3": with_boto3}


@pytest.fixture(scope="session")
def flows(built: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flow]:  # noqa: ARG001 - it skips
    """Play the flow through both clients at the same time: each waits for eleven seconds."""
    folders = {client: tmp_path_factory.mktemp(client) for client in CLIENTS}

    def played(client: str) -> Flow:
        with endpoints(folders[client]) as (_, states):
            url = states.urls[0]
            return play(CLIENTS[client](url), with_boto3(url), states)

    with ThreadPoolExecutor() as threads:
        return dict(zip(CLIENTS, threads.map(played, CLIENTS), strict=True))


@pytest.fixture(params=CLIENTS)
def flow(flows: dict[str, Flow], request: pytest.FixtureRequest) -> Flow:
    return flows[request.param]


def event(flow: Flow, type_: str) -> dict[str, Any]:
    """Find the one history event of a type."""
    (found,) = (event for event in flow.history if event["type"] == type_)
    return found


def test_the_state_machine_is_created_under_its_name(flow: Flow) -> None:
    """Its ARN has the account and the Region that nobody had to say."""
    assert flow.created["stateMachineArn"] == ARN


def test_the_function_s_arn_without_an_account_is_taken_with_one_warning(flow: Flow) -> None:
    """The seed's definition names none; AWS itself would want it."""
    (warning,) = flow.printed.splitlines()
    assert warning.startswith("WARNING State machine 'test'")
    assert "arn:aws:lambda:us-east-1:function:HelloWorldFunction:$LATEST" in warning
    assert "account" in warning


def test_the_execution_goes_on_when_its_eleven_seconds_are_over(flow: Flow) -> None:
    """Never before, and soon after."""
    waited = moment(event(flow, "WaitStateExited")["timestamp"]) - moment(flow.waited["startDate"])
    assert timedelta(seconds=11) <= waited < timedelta(seconds=13)


def test_the_execution_succeeds_with_the_function_s_output(flow: Flow) -> None:
    """The function got the whole input."""
    assert (flow.waited["status"], flow.waited["input"]) == ("SUCCEEDED", INPUT)
    assert json.loads(flow.waited["output"])["received"] == json.loads(INPUT)


def test_the_history_tells_what_happened(flow: Flow) -> None:
    """From the start to the end, in the order in which it happened."""
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


def test_an_execution_without_expirydate_fails_in_aws_s_words(flow: Flow) -> None:
    """The path finds nothing in the input."""
    assert (flow.failed["status"], flow.failed["error"]) == ("FAILED", "States.Runtime")
    assert flow.failed["cause"] == (
        "An error occurred while executing the state 'wait_until' (entered at the event id #2). "
        "The SecondsPath parameter does not reference an input value: $.expirydate"
    )


def test_a_stop_ends_the_wait_with_its_error_and_cause(flow: Flow) -> None:
    """At once, not when the wait would have been over."""
    stopped = flow.stopped
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Seed", "enough")


def test_state_machine_and_executions_are_listed(flow: Flow) -> None:
    """The executions with the latest first: by their end, or by their start while they run."""
    assert {machine["name"] for machine in flow.machines} == {"short-lived", "test"}
    statuses = {execution["status"] for execution in flow.executions}
    assert statuses > {"ABORTED", "FAILED"}
    moments = [execution.get("stopDate", execution["startDate"]) for execution in flow.executions]
    assert moments == sorted(moments, reverse=True)


def test_a_deleted_state_machine_stops_its_executions_at_their_next_step(flow: Flow) -> None:
    """While one of them waits, the state machine is on its way out."""
    assert flow.deletion.machine["status"] == "DELETING"
    assert flow.deletion.passed_by["status"] == "FAILED"
    assert "has been deleted" in flow.deletion.passed_by["cause"]


def test_the_name_of_a_deleted_state_machine_can_be_used_again(flow: Flow) -> None:
    """With another definition, as soon as nothing of the old one runs."""
    assert flow.deletion.created_again["stateMachineArn"] == ARN.replace("test", "short-lived")


def is_taken(port: int) -> bool:
    """Say whether somebody listens on a port of this machine."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@pytest.fixture
def on_default_ports(built: None, tmp_path: Path) -> Iterator[None]:  # noqa: ARG001 - it skips
    if taken := [port for port in (8083, 3001) if is_taken(port)]:
        pytest.skip(f"another process listens on {taken}, where this test would")
    with (
        running("lambda-local", folder=tmp_path),
        running("stepfunctions-local", "--env-file", "env.txt", folder=tmp_path),
    ):
        yield


@pytest.mark.usefixtures("on_default_ports")
def test_the_endpoints_find_each_other_where_the_seed_had_them() -> None:
    """Without any option, and under the name localhost."""
    call = aws_cli("http://localhost:8083")
    call("create_state_machine", name="test", definition=json.dumps(SEED), roleArn=ROLE)
    started = call("start_execution", stateMachineArn=ARN, input='{"expirydate":0}')
    assert ended(call, started["executionArn"])["status"] == "SUCCEEDED"
