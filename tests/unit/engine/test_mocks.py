"""Mocked Tasks return the responses of a test case, one for each invocation, and call nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ExecutionAlreadyExists, ValidationException
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.mock_config import MockConfig
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def task(resource: str = FUNCTION, **fields: Any) -> dict[str, Any]:
    """Return a Task."""
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def returns(value: object) -> dict[str, Any]:
    """Return a response that succeeds."""
    return {"Return": value}


def throws(error: str, cause: str = "mocked") -> dict[str, Any]:
    """Return a response that fails."""
    return {"Throw": {"Error": error, "Cause": cause}}


def mock(engine: Engine, responses: dict[str, Any], state: str = "Work") -> None:
    """Give an engine the test case `Case` of the state machine `test`."""
    config = {
        "StateMachines": {"test": {"TestCases": {"Case": {state: "Mocked"}}}},
        "MockedResponses": {"Mocked": responses},
    }
    engine._mock_config = MockConfig.of(config)  # noqa: SLF001 - as if it had been started with it


async def start(harness: Harness, states: dict[str, Any], text: str = "{}") -> Execution:
    """Start an execution of a new state machine in the test case `Case`."""
    arn = await harness.create(states)
    target = harness.engine.catalog.target(arn)
    mocks = harness.engine.find_mocks(target, "Case")
    return await harness.engine.start(target, None, text, mocks=mocks)


@pytest.mark.parametrize("result", [{"a": [1, "ü"]}, [1], "text", 0, False, None])
async def test_mocked_task_returns_any_json(harness: Harness, result: object) -> None:
    """Nothing is called, and the execution has ended when its start returns."""
    mock(harness.engine, {"0": returns(result)})
    execution = await start(harness, {"Work": task()})
    assert harness.now(execution).output == json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    assert not harness.tasks.calls
    assert harness.types(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}),
        ("states:startExecution.sync:2", {"StateMachineArn": "m"}),
        ("lambda:invoke", {"FunctionName": "f"}),
    ],
)
async def test_mocked_integration_waits_for_nothing(
    harness: Harness, resource: str, parameters: dict[str, Any]
) -> None:
    """A callback or a job is mocked along with its call, so it is not submitted."""
    mock(harness.engine, {"0": returns({"done": True})})
    states = {"Work": task(f"arn:aws:states:::{resource}", Parameters=parameters)}
    execution = await start(harness, states)
    assert harness.now(execution).output == '{"done":true}'
    assert harness.types(execution)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


async def test_responses_follow_the_retries(harness: Harness) -> None:
    """A range stands for several invocations. The history is that of the example in AWS's guide."""
    responses = {"0": throws("NotReady"), "1-2": throws("Slow"), "3": returns("at last")}
    mock(harness.engine, responses)
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}]
    execution = await start(harness, {"Work": task(Retry=retry)})
    for seconds in (2, 4, 8):
        assert harness.now(execution).status is Status.RUNNING
        await harness.skip(seconds)
    assert harness.now(execution).output == '"at last"'
    failures = [event for event in harness.history(execution) if event["type"] == "LambdaFunctionFailed"]
    errors = [event["lambdaFunctionFailedEventDetails"]["error"] for event in failures]
    assert errors == ["NotReady", "Slow", "Slow"]


async def test_thrown_error_is_caught(harness: Harness) -> None:
    """Error and cause go into the output."""
    mock(harness.engine, {"0": throws("Lambda.TooManyRequestsException", "busy")})
    states = {"Work": task(Catch=CATCH), "Caught": {"Type": "Pass", "End": True}}
    execution = await start(harness, states)
    assert harness.now(execution).output == '{"Error":"Lambda.TooManyRequestsException","Cause":"busy"}'


async def test_thrown_timeout_is_a_timeout(harness: Harness) -> None:
    """The cause may be absent."""
    mock(harness.engine, {"0": {"Throw": {"Error": "States.Timeout"}}})
    execution = await start(harness, {"Work": task()})
    assert harness.types(execution)[-2:] == ["LambdaFunctionTimedOut", "ExecutionFailed"]
    assert (harness.now(execution).error, harness.now(execution).cause) == ("States.Timeout", None)


@pytest.mark.parametrize("responses", [{}, {"1": returns(1)}])
async def test_missing_response_fails_the_execution(harness: Harness, responses: dict[str, Any]) -> None:
    """Neither Retry nor Catch helps, and nothing is called."""
    mock(harness.engine, responses)
    retry = [{"ErrorEquals": ["States.ALL"]}]
    states = {"Work": task(Retry=retry, Catch=CATCH), "Caught": {"Type": "Pass", "End": True}}
    execution = await start(harness, states)
    ended = harness.now(execution)
    assert (ended.status, ended.error) == (Status.FAILED, "States.Runtime")
    assert ended.cause == (
        "An error occurred while executing the state 'Work' (entered at the event id #2). The test case "
        "'Case' has no response for invocation 0 of this state: the mocked response 'Mocked' has "
        f"{', '.join(responses) or 'none'}."
    )
    assert harness.types(execution)[-2:] == ["LambdaFunctionStarted", "ExecutionFailed"]
    assert not harness.tasks.calls


async def test_state_without_a_mock_calls_its_resource(harness: Harness) -> None:
    """Mocked and real Tasks mix."""
    mock(harness.engine, {"0": returns({"mocked": True})})
    harness.tasks.will_return("real")
    first = {"Type": "Task", "Resource": FUNCTION, "Next": "Call"}
    execution = await start(harness, {"Work": first, "Call": task()})
    await harness.settle()
    assert harness.now(execution).output == '"real"'
    assert [call.parameters for call in harness.tasks.calls] == [{"mocked": True}]


async def test_execution_without_a_test_case_calls_its_resource(harness: Harness) -> None:
    """The mocks are for the named executions alone."""
    mock(harness.engine, {"0": returns("mocked")})
    harness.tasks.will_return("real")
    execution = await harness.run({"Work": task()})
    await harness.settle()
    assert harness.now(execution).output == '"real"'


async def test_iterations_of_a_map_count_together(harness: Harness) -> None:
    """One counter for each state and execution, retries included, as AWS's own local image counts."""
    mock(harness.engine, {"0": throws("Boom"), "1-2": returns("one"), "3": returns("other")})
    retry = [{"ErrorEquals": ["Boom"], "IntervalSeconds": 1}]
    processor = {"StartAt": "Work", "States": {"Work": task(Retry=retry)}}
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True}
    execution = await start(harness, {"Each": state}, "[1, 2, 3]")
    await harness.skip(1)
    assert harness.now(execution).output == '["one","one","other"]'


async def test_each_execution_counts_for_itself(harness: Harness) -> None:
    """Both get the first response."""
    mock(harness.engine, {"0": returns("first")})
    states = {"Work": task()}
    for _ in range(2):
        assert harness.now(await start(harness, states)).output == '"first"'


async def test_large_response_fails_as_on_aws(harness: Harness) -> None:
    """A Task's result is bounded, mocked or not."""
    mock(harness.engine, {"0": returns("x" * 300_000)})
    assert harness.now(await start(harness, {"Work": task()})).error == "States.DataLimitExceeded"


async def test_long_loop_of_mocked_tasks_lets_others_go_on(harness: Harness) -> None:
    """It rests at times, although it never waits, and ends when its history is full."""
    mock(harness.engine, {"0-1000000": returns({})})
    loop = {"Type": "Task", "Resource": FUNCTION, "Next": "Again"}
    again = {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "End"}]}
    states = {"Work": loop, "Again": again | {"Default": "Work"}, "End": {"Type": "Succeed"}}
    execution = await start(harness, states)
    assert harness.now(execution).status is Status.RUNNING
    assert len(harness.history(execution)) < 300


async def test_redrive_goes_on_counting(harness: Harness) -> None:
    """The next response is the one after those that failed."""
    mock(harness.engine, {"0": throws("Boom"), "1": returns("after")})
    execution = await start(harness, {"Work": task()})
    await harness.engine.redrive(harness.engine.arn(execution))
    assert harness.now(execution).output == '"after"'


async def test_mocks_survive_a_restart_without_the_file(tmp_path: Path) -> None:
    """The execution neither calls anything nor counts anew."""
    clock = ManualClock(NOW)
    retry = [{"ErrorEquals": ["Boom"], "IntervalSeconds": 60}]
    async with running(tmp_path / "a", clock) as harness:
        mock(harness.engine, {"0": throws("Boom"), "1": returns("after")})
        execution = await start(harness, {"Work": task(Retry=retry)})
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(60)
        await harness.settle()
        assert harness.now(execution).output == '"after"'
        assert not harness.tasks.calls


async def test_same_start_in_another_test_case_is_refused(harness: Harness) -> None:
    """The same one in the same test case returns the execution."""
    mock(harness.engine, {"0": returns("ready")}, "Absent")
    arn = await harness.create({"Wait": {"Type": "Wait", "Seconds": 9, "End": True}})
    target = harness.engine.catalog.target(arn)
    mocks = harness.engine.find_mocks(target, "Case")
    first = await harness.engine.start(target, "one", "{}", mocks=mocks)
    assert (await harness.engine.start(target, "one", "{}", mocks=mocks)).id == first.id
    with pytest.raises(ExecutionAlreadyExists):
        await harness.engine.start(target, "one", "{}")


async def test_test_case_that_mocks_no_task_is_named(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be a misspelt name, whose state then calls its resource."""
    mock(harness.engine, {"0": returns(1)}, "Wrok")
    await start(harness, {"Work": {"Type": "Pass", "End": True}})
    assert caplog.messages == ["Test case 'Case' of test mocks no Task: 'Wrok'."]


async def test_absent_test_case_is_refused(harness: Harness) -> None:
    """The error names those that there are, or the option."""
    target = harness.engine.catalog.target(await harness.create({"Work": task()}))
    with pytest.raises(ValidationException, match=r"'Other' .* 'test': name .* with --mock-config"):
        harness.engine.find_mocks(target, "Other")
    mock(harness.engine, {"0": returns(1)})
    with pytest.raises(ValidationException, match=r"'Other' .* Its test cases there: Case\."):
        harness.engine.find_mocks(target, "Other")
