"""A misbehaving function fails its execution with a clear cause, and the endpoints keep running."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.command import Running, running
from tests.acceptance.project import CALL, build, function, state_machine
from tests.acceptance.steps import Call, aws_cli, wait_for_end, with_boto3

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:CallByName"

FAILURES = {
    "Unknown": ("Lambda.ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1"),
    "Raising": ("ValueError", "the order does not exist"),
    "NotJson": ("Runtime.MarshalError", "datetime is not JSON serializable"),
    "Over6Mb": ("Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size"),
    "Sleeping": ("Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    "KillingItself": ("Runtime.ExitError", "Runtime exited with error: signal: killed"),
}


@pytest.fixture(scope="session")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    project = build(
        tmp_path_factory.mktemp("careless"),
        Raising=function("careless.raising"),
        NotJson=function("careless.not_json"),
        Over6Mb=function("careless.over_6_mb"),
        Sleeping=function("careless.sleeping", Timeout=1),
        KillingItself=function("careless.killing_itself"),
        Megabyte=function("careless.megabyte"),
        Echo=function("careless.echo"),
        CallByName=state_machine(CALL),
    )
    options = ("--port", "0", "--lambda-port", "0", "--project", str(project))
    with running("delay", "local", *options, folder=project) as local:
        yield local


@pytest.fixture(scope="session")
def call(careless: Running) -> Call:
    return with_boto3(careless.urls[0])


def run_execution(call: Call, function: str, payload: object = None) -> dict[str, Any]:
    """Run an execution that calls a function, and return its description."""
    text = json.dumps({"function": function, "payload": payload})
    started = call("start_execution", stateMachineArn=ARN, input=text)
    return wait_for_end(call, started["executionArn"])


@pytest.mark.parametrize("function", FAILURES)
def test_failed_call_fails_its_execution_and_not_the_next(call: Call, function: str) -> None:
    """The description has error and cause."""
    failed = run_execution(call, function)
    error, cause = FAILURES[function]
    assert (failed["status"], failed["error"]) == ("FAILED", error)
    assert cause in failed["cause"]
    assert run_execution(call, "Echo", {"still": "here"})["output"] == '{"still":"here"}'


def test_killed_function_is_called_again(call: Call) -> None:
    """Each call after a failure gets a new worker."""
    assert [run_execution(call, "Sleeping")["error"] for _ in range(2)] == ["Sandbox.Timedout"] * 2


def test_megabyte_on_standard_output_is_no_failure(call: Call, careless: Running) -> None:
    """The endpoint prints the first 256 KB and counts the rest."""
    assert run_execution(call, "Megabyte")["output"] == '"written"'
    assert "\n[737857 more bytes of output are not shown]\n" in careless.err


def test_aws_cli_shows_the_failure(careless: Running) -> None:
    """Error and cause are part of the execution's description."""
    failed = run_execution(aws_cli(careless.urls[0]), "Raising")
    assert (failed["status"], failed["error"]) == ("FAILED", "ValueError")
