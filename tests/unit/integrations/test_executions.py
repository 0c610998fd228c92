"""Executions of other state machines are started, and waited for."""

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
from tests.unit.integrations.calling import MACHINE, failure, result

START: dict[str, Json] = {"StateMachineArn": MACHINE, "Input": {"expirydate": 5}}


@dataclass
class States:
    """A Step Functions endpoint that answers in order, and keeps what it was asked."""

    answers: list[dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer; what has a type is an error."""
        self.asked.append(json.loads(await request.content.read()))
        answer = self.answers.pop(0)
        return web.json_response(answer, status=400 if "__type" in answer else 200)


@asynccontextmanager
async def asking(*answers: dict[str, Any]) -> AsyncIterator[tuple[TaskCalls, States]]:
    """Make calls of an endpoint that gives these answers."""
    states = States([*answers])
    async with (
        Listener(states.answer, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"states": listener.url}) as calls,
    ):
        yield calls, states


async def test_an_execution_is_started_at_this_endpoint_once_it_listens() -> None:
    """A call that is repeated when the endpoint begins waits for it."""
    states = States([{"executionArn": "arn:x", "startDate": 1795512600.123}])
    async with TaskCalls({}) as calls, Listener(states.answer, "127.0.0.1", 0, "--port") as listener:
        waiting = asyncio.create_task(result(calls, "states:startExecution", START))
        await asyncio.sleep(0)
        calls.set_own_url(listener.url)
        answer = await waiting
    assert (answer["ExecutionArn"], answer["StartDate"]) == ("arn:x", 1795512600123)
    assert states.asked[0]["input"] == '{"expirydate":5}'


async def test_an_execution_has_a_name_that_a_repeated_call_repeats() -> None:
    """So that it starts nothing twice; a name that was given stays."""
    started = {"executionArn": "arn:x", "startDate": 0}
    async with asking(started, started, started) as (calls, states):
        for _ in range(2):
            await result(calls, "states:startExecution", START)
        await result(calls, "states:startExecution", START | {"Name": "mine"})
    first, second, third = (request["name"] for request in states.asked)
    assert first == second
    assert third == "mine"


async def test_an_execution_that_has_ended_before_its_call_was_repeated_is_found() -> None:
    """The call had been made, and nobody knew: its name is nobody else's."""
    taken = {"__type": "ExecutionAlreadyExists", "message": "Execution Already Exists: 'arn'"}
    described = {"executionArn": "arn:x", "startDate": 1, "status": "SUCCEEDED", "output": "{}"}
    async with asking(taken, described) as (calls, states):
        found = await result(calls, "states:startExecution", START | {"StateMachineArn": f"{MACHINE}:live"})
        assert found.keys() == {"ExecutionArn", "StartDate", "SdkHttpMetadata", "SdkResponseMetadata"}
        name = states.asked[0]["name"]
        assert states.asked[1]["executionArn"] == f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"


async def test_a_name_that_is_taken_by_somebody_else_is_an_error() -> None:
    """Nobody knows what became of that one."""
    taken = {"__type": "ExecutionAlreadyExists", "message": "Execution Already Exists: 'arn'"}
    async with asking(taken) as (calls, _):
        error, _ = await failure(calls, "states:startExecution", START | {"Name": "mine"})
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
async def test_a_job_that_succeeded_shows_what_it_made(pattern: Pattern, given: Json, made: Json) -> None:
    """As text, or with `.sync:2` as JSON; and nothing about redriving, as recorded on AWS."""
    async with asking(DESCRIBED) as (calls, states):
        outcome = await calls.poll("arn:x", pattern)
    assert states.asked == [{"executionArn": "arn:x"}]
    assert isinstance(outcome, CallResult)
    assert json.loads(outcome.text) == {
        "ExecutionArn": "arn:x",
        "Input": given,
        "InputDetails": {"Included": True},
        "Output": made,
        "StartDate": 1500,
        "Status": "SUCCEEDED",
    }


async def test_a_job_that_failed_fails_its_task() -> None:
    """With its description as the cause, whichever the pattern is."""
    failed = {
        "executionArn": "arn:x",
        "input": "{}",
        "status": "FAILED",
        "error": "Boom",
        "cause": "It went off.",
    }
    async with asking(failed) as (calls, _):
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


async def test_a_job_that_runs_has_no_outcome() -> None:
    """Nor one that nobody can be asked about now."""
    async with asking({**DESCRIBED, "status": "RUNNING"}) as (calls, _):
        assert await calls.poll("arn:x", Pattern.RUN_A_JOB) is None
    async with TaskCalls({"states": "http://127.0.0.1:9"}) as calls:
        assert await calls.poll("arn:x", Pattern.RUN_A_JOB) is None


async def test_a_job_that_is_gone_fails_its_task() -> None:
    """By the error of the service."""
    async with asking({"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist"}) as (
        calls,
        _,
    ):
        outcome = await calls.poll("arn:x", Pattern.RUN_A_JOB)
    assert isinstance(outcome, Failure)
    assert outcome.error == "StepFunctions.ExecutionDoesNotExistException"


async def test_a_job_that_nobody_waits_for_is_stopped() -> None:
    """If that can be done: nobody is told if not."""
    async with asking({"stopDate": 1}) as (calls, states):
        await calls.stop("arn:x")
        assert states.asked == [{"executionArn": "arn:x"}]
