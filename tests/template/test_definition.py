"""The promises of statemachine/delay.asl.json, read as data."""

import base64
import itertools
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

Definition = dict[str, Any]

ROOT = Path(__file__).parents[2]
LONGEST_DELAY_SECONDS = 364 * 86_400
EXECUTION_LIFE_SECONDS = 365 * 86_400
# The maximum of Lambda's Invoke API.
CLIENT_CONTEXT_BYTES = 3_583
# Step Functions' names for failures of its own calls ("Handle Lambda service exceptions").
NAMES_OF_STEP_FUNCTIONS = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "States.Timeout",
}
HANDLERS_OWN = {"TryAgain"}


@pytest.fixture
def task(definition: Definition) -> dict[str, Any]:
    state: dict[str, Any] = definition["States"]["CallFunction"]
    return state


def longest_retry_seconds(retrier: dict[str, Any], timeout_seconds: int) -> float:
    """Return the longest time from the first call to the end of the last, with jitter at its worst."""
    delays = (
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt, retrier["MaxDelaySeconds"])
        for attempt in range(retrier["MaxAttempts"])
    )
    calls = retrier["MaxAttempts"] + 1
    return float(sum(delays) + timeout_seconds * calls)


def evaluate_format(text: str, *values: str) -> str:
    """Evaluate States.Format ("Intrinsic functions"): `{}` is a value, a backslash escapes."""
    remaining = iter(values)
    return re.sub(r"\\(.)|\{\}", lambda match: match[1] or next(remaining), text)


def client_context(task: dict[str, Any], context_object: dict[str, str]) -> bytes:
    """Evaluate the ClientContext of the Task for paths into the context object."""
    expression = task["Parameters"]["ClientContext.$"]
    call = re.fullmatch(r"States\.Base64Encode\(States\.Format\('((?:\\.|[^'\\])*)', (.*)\)\)", expression)
    assert call is not None
    values = (context_object[path] for path in call[2].split(", "))
    return base64.b64encode(evaluate_format(call[1], *values).encode())


def test_definition_has_two_states(definition: Definition) -> None:
    """They are a Wait and a Task. A third would add one billed transition to each of a million tasks."""
    first = definition["States"][definition["StartAt"]]
    assert [state["Type"] for state in definition["States"].values()] == ["Wait", "Task"]
    assert (first["Type"], first["Next"]) == ("Wait", "CallFunction")


def test_wait_takes_its_seconds_from_expirydate(definition: Definition) -> None:
    """The input's `expirydate` is the delay in seconds."""
    assert definition["States"]["WaitUntilDue"]["SecondsPath"] == "$.expirydate"


def test_function_receives_the_whole_input_and_returns_the_whole_output(task: dict[str, Any]) -> None:
    """The event is the execution's input, and the function's result is the execution's output."""
    assert task["Resource"] == "arn:aws:states:::lambda:invoke"
    assert task["Parameters"]["FunctionName"] == "${HelloWorldFunctionArn}"
    assert (task["Parameters"]["Payload.$"], task["OutputPath"]) == ("$", "$.Payload")


def test_every_task_state_times_out_and_retries(definition: Definition) -> None:
    """No Task hangs until its execution is a year old, and retries are spread out."""
    for state in (state for state in definition["States"].values() if state["Type"] == "Task"):
        assert state["TimeoutSeconds"] > 0
        for retrier in state["Retry"]:
            assert retrier["BackoffRate"] > 1
            assert retrier["JitterStrategy"] == "FULL"
            assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"]


def test_retried_errors_exist(task: dict[str, Any]) -> None:
    """Each one is Lambda's, Step Functions' or the handler's own TryAgain."""
    model = ServiceModel(Loader().load_service_model("lambda", "service-2"), "lambda")
    known = {f"Lambda.{shape.name}" for shape in model.operation_model("Invoke").error_shapes}
    retried = set(itertools.chain.from_iterable(retrier["ErrorEquals"] for retrier in task["Retry"]))
    assert retried - known - NAMES_OF_STEP_FUNCTIONS == HANDLERS_OWN


@pytest.mark.parametrize(
    "error",
    [
        "Lambda.AWSLambdaException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
        "TryAgain",
    ],
)
def test_transient_errors_are_retried_for_half_an_hour(task: dict[str, Any], error: str) -> None:
    """These are TryAgain and the errors in "Handle Lambda service exceptions"."""
    retrier = next(retrier for retrier in task["Retry"] if error in retrier["ErrorEquals"])
    assert longest_retry_seconds(retrier, timeout_seconds=0) > 1_800


def test_retried_error_of_the_handler_has_the_name_of_its_class() -> None:
    """Lambda reports an error by the name of its class."""
    module = runpy.run_path(str(ROOT / "hello_world" / "delayed_task" / "errors.py"))
    assert {module[name].__name__ for name in HANDLERS_OWN} == HANDLERS_OWN


@pytest.mark.parametrize("error", ["States.ALL", "States.TaskFailed", "Lambda.Unknown"])
def test_other_errors_of_the_handler_are_not_retried(task: dict[str, Any], error: str) -> None:
    """Only the handler's author knows whether a retry is safe, and allows it by raising TryAgain."""
    assert not any(error in retrier["ErrorEquals"] for retrier in task["Retry"])


def test_retries_end_within_the_life_of_an_execution(task: dict[str, Any]) -> None:
    """This holds even after the longest delay that clients accept."""
    left_seconds = EXECUTION_LIFE_SECONDS - LONGEST_DELAY_SECONDS
    longest = sum(longest_retry_seconds(retrier, task["TimeoutSeconds"]) for retrier in task["Retry"])
    assert longest < left_seconds


def test_client_context_contains_the_execution_and_its_start_time(task: dict[str, Any]) -> None:
    """It decodes to the JSON from which the handler reads the key and the due time."""
    execution = "arn:aws:states:us-east-1:123456789012:execution:delay:order-42"
    encoded = client_context(
        task, {"$$.Execution.Id": execution, "$$.Execution.StartTime": "2026-11-24T01:00:00.123Z"}
    )
    assert json.loads(base64.b64decode(encoded)) == {
        "custom": {"execution": execution, "startTime": "2026-11-24T01:00:00.123Z"}
    }


def test_client_context_of_the_longest_names_fits(task: dict[str, Any]) -> None:
    """Names of 80 characters, each of 4 bytes, stay below Lambda's limit."""
    longest_name = "🚚" * 80
    execution = f"arn:aws-iso-b:states:us-isob-east-1:123456789012:execution:{longest_name}:{longest_name}"
    encoded = client_context(
        task, {"$$.Execution.Id": execution, "$$.Execution.StartTime": "2026-11-24T01:00:00.123Z"}
    )
    assert len(encoded) < CLIENT_CONTEXT_BYTES
