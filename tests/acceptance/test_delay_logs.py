"""`delay logs` shows the log of an endpoint in another process, as text and as JSON."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, Running, eventually, run, running
from tests.acceptance.steps import Call, with_boto3
from tests.contract.states.machines import PASS, ROLE, build_logging

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def endpoint(folder: Path) -> Iterator[Running]:
    with running("stepfunctions-local", "--port", "0", folder=folder) as started:
        yield started


def logs(endpoint: Running, *arguments: str) -> Ended:
    """Run `delay logs` for the endpoint."""
    return run("delay", "logs", *arguments, "--endpoint-url", endpoint.urls[0])


def create(call: Call, name: str, level: str) -> str:
    """Create an Express state machine with a log level, and return its ARN."""
    setup = {
        "definition": PASS,
        "roleArn": ROLE,
        "type": "EXPRESS",
        "loggingConfiguration": build_logging(level),
    }
    arn: str = call("create_state_machine", name=name, **setup)["stateMachineArn"]
    return arn


def test_log_is_printed_as_text_and_as_json(endpoint: Running, folder: Path) -> None:
    """The file in the folder of the records has the same lines as --json."""
    call = with_boto3(endpoint.urls[0])
    arn = create(call, "Orders", "ALL")
    call("start_execution", stateMachineArn=arn, name="first", input='{"a": "\\u001b"}')
    text, parsed = logs(endpoint, "Orders"), logs(endpoint, arn, "--json")
    assert (text.code, text.err, parsed.code, parsed.err) == (0, "", 0, "")
    lines = text.out.splitlines()
    assert re.fullmatch(rf'{MOMENT}  first  PassStateEntered  Done  {{"a": "\\u001b"}}', lines[1])
    assert [line.split("  ")[2] for line in lines] == [
        json.loads(line)["type"] for line in parsed.out.splitlines()
    ]
    written = (folder / "records" / "logs" / "executions.log").read_text().splitlines()
    assert [line for line in map(json.loads, written) if ":Orders:" in line["execution_arn"]] == [
        json.loads(line) for line in parsed.out.splitlines()
    ]


def test_silent_state_machine_and_unknown_name_are_told_apart(endpoint: Running) -> None:
    """The level explains an empty log; another name is an error that lists the names."""
    call = with_boto3(endpoint.urls[0])
    call("start_execution", stateMachineArn=create(call, "Silent", "OFF"))
    silent, unknown = logs(endpoint, "Silent"), logs(endpoint, "Gone")
    assert (silent.code, silent.out) == (0, "")
    assert silent.err == "Silent logs nothing: the level of its logging configuration is OFF.\n"
    assert unknown.code == 1
    assert unknown.err.startswith('Error: There is no state machine "Gone". There are these: ')


def test_followed_log_goes_on_until_it_is_interrupted(endpoint: Running, tmp_path: Path) -> None:
    """The lines come as they are written, and Ctrl-C ends the command without an error."""
    call = with_boto3(endpoint.urls[0])
    arn = create(call, "Followed", "ALL")
    command = ("delay", "logs", "Followed", "--follow", "--endpoint-url", endpoint.urls[0])
    call("start_execution", stateMachineArn=arn, name="first")
    with running(*command, folder=tmp_path, says="ExecutionSucceeded") as following:
        call("start_execution", stateMachineArn=arn, name="second")
        assert eventually(lambda: "second  ExecutionSucceeded" in following.out)
        assert (following.end(), following.err) == (0, "")


def test_express_state_machine_takes_no_tasks(endpoint: Running) -> None:
    """The client looks for a Standard one, whose executions can wait."""
    create(with_boto3(endpoint.urls[0]), "Fast", "OFF")
    listed = run("delay", "list", "--local", "--endpoint-url", endpoint.urls[0])
    assert listed.code == 1
    assert "has no state machine" in listed.err
