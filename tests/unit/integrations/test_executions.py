"""Executions of other state machines are started and waited for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.language import Failure, Json
from stepfunctions_local.language.resource import Pattern
from tests.unit.integrations.calls import MACHINE, get_failure, get_result

START: dict[str, Json] = {"StateMachineArn": MACHINE, "Input": {"expirydate": 5}}


@dataclass
class FakeStates:
    """A Step Functions endpoint that gives prepared answers and records its requests."""

    answers: list[dict[str, Any]]
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def respond(self, request: web.BaseRequest) -> web.Response:
        """Give the next answer, as an error if it has a type."""
        self.requests.append(json.loads(await request.content.read()))
        answer = self.answers.pop(0)
        return web.json_response(answer, status=400 if "__type" in answer else 200)


@asynccontextmanager
async def serve_answers(*answers: dict[str, Any]) -> AsyncIterator[tuple[TaskCalls, FakeStates]]:
    """Serve these answers, and yield the calls of the endpoint."""
    states = FakeStates([*answers])
    async with (
        Listener(states.respond, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"states": listener.url}) as calls,
    ):
        yield calls, states


async def test_an_execution_is_started_at_this_endpoint_once_it_listens() -> None:
    """A call repeated at startup waits for the endpoint."""
    states = FakeStates([{"executionArn": "arn:x", "startDate": 1795512600.123}])
    async with TaskCalls({}) as calls, Listener(states.respond, "127.0.0.1", 0, "--port") as listener:
        waiting = asyncio.create_task(get_result(calls, "states:startExecution", START))
        await asyncio.sleep(0)
        calls.set_own_url(listener.url)
        answer = await waiting
    assert (answer["ExecutionArn"], answer["StartDate"]) == ("arn:x", 1795512600123)
    assert states.requests[0]["input"] == '{"expirydate":5}'


async def test_a_repeated_call_uses_the_same_execution_name() -> None:
    """It therefore starts nothing twice. A given name is kept."""
    started = {"executionArn": "arn:x", "startDate": 0}
    async with serve_answers(started, started, started) as (calls, states):
        for _ in range(2):
            await get_result(calls, "states:startExecution", START)
        await get_result(calls, "states:startExecution", START | {"Name": "mine"})
    first, second, third = (request["name"] for request in states.requests)
    assert first == second
    assert third == "mine"


async def test_a_repeated_call_finds_its_ended_execution() -> None:
    """The name belongs to the call, so the execution does too."""
    taken = {"__type": "ExecutionAlreadyExists", "message": "Execution Already Exists: 'arn'"}
    described = {"executionArn": "arn:x", "startDate": 1, "status": "SUCCEEDED", "output": "{}"}
    async with serve_answers(taken, described) as (calls, states):
        found = await get_result(
            calls, "states:startExecution", START | {"StateMachineArn": f"{MACHINE}:live"}
        )
        assert found.keys() == {"ExecutionArn", "StartDate", "SdkHttpMetadata", "SdkResponseMetadata"}
        name = states.requests[0]["name"]
        assert (
            states.requests[1]["executionArn"] == f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
        )


async def test_a_given_name_that_is_taken_is_an_error() -> None:
    """The existing execution may belong to another caller."""
    taken = {"__type": "ExecutionAlreadyExists", "message": "Execution Already Exists: 'arn'"}
    async with serve_answers(taken) as (calls, _):
        error, _ = await get_failure(calls, "states:startExecution", START | {"Name": "mine"})
    assert error == "StepFunctions.ExecutionAlreadyExistsException"


DESCRIBED = {
    "executionArn": "arn:x",
    "input": '{"a":1}',
    "inputDetails": {"included": True},
    "redriveCount": 0,
    "startDate": 1.5,
    "status": "SUCCEEDED",
    "output": "[2]",
}


@pytest.mark.parametrize(
    ("pattern", "given", "made"),
    [(Pattern.RUN_A_JOB, '{"a":1}', "[2]"), (Pattern.RUN_A_JOB_AND_READ, {"a": 1}, [2])],
)
async def test_a_succeeded_job_returns_its_output(pattern: Pattern, given: Json, made: Json) -> None:
    """The output is text, or JSON with `.sync:2`. As recorded on AWS, there is no field about redriving."""
    async with serve_answers(DESCRIBED) as (calls, states):
        outcome = await calls.poll("arn:x", pattern)
    assert states.requests == [{"executionArn": "arn:x"}]
    assert isinstance(outcome, CallResult)
    assert json.loads(outcome.text) == {
        "ExecutionArn": "arn:x",
        "Input": given,
        "InputDetails": {"Included": True},
        "Output": made,
        "StartDate": 1500,
        "Status": "SUCCEEDED",
    }


async def test_a_failed_job_fails_its_task() -> None:
    """Its description is the cause, for either pattern."""
    failed = {
        "executionArn": "arn:x",
        "input": "{}",
        "status": "FAILED",
        "error": "Boom",
        "cause": "It went off.",
    }
    async with serve_answers(failed) as (calls, _):
        outcome = await calls.poll("arn:x", Pattern.RUN_A_JOB_AND_READ)
    assert isinstance(outcome, Failure)
    assert outcome.error == "States.TaskFailed"
    assert json.loads(outcome.cause or "") == {
        "Cause": "It went off.",
        "Error": "Boom",
        "ExecutionArn": "arn:x",
        "Input": "{}",
        "Status": "FAILED",
    }


async def test_a_running_job_has_no_outcome() -> None:
    """Neither has a job whose endpoint cannot be reached."""
    async with serve_answers({**DESCRIBED, "status": "RUNNING"}) as (calls, _):
        assert await calls.poll("arn:x", Pattern.RUN_A_JOB) is None
    async with TaskCalls({"states": "http://127.0.0.1:9"}) as calls:
        assert await calls.poll("arn:x", Pattern.RUN_A_JOB) is None


async def test_a_missing_job_fails_its_task() -> None:
    """The error is that of the service."""
    async with serve_answers({"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist"}) as (
        calls,
        _,
    ):
        outcome = await calls.poll("arn:x", Pattern.RUN_A_JOB)
    assert isinstance(outcome, Failure)
    assert outcome.error == "StepFunctions.ExecutionDoesNotExistException"


async def test_an_abandoned_job_is_stopped() -> None:
    """The request names its execution."""
    async with serve_answers({"stopDate": 1}) as (calls, states):
        await calls.stop("arn:x")
        assert states.requests == [{"executionArn": "arn:x"}]
