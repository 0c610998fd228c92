"""Calls are bounded for each function, and the history says when each of them starts."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult, name_target
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Call, Failure
from stepfunctions_local.language.resource import parse_resource
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness, ScriptedTasks

INVOKE = "arn:aws:states:::lambda:invoke"
ONE_AT_A_TIME = {"function_concurrency": 1}


def call(function: str, **fields: Any) -> dict[str, Any]:
    """Return states that call a function."""
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {"Call": {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "End": True, **fields}}


@dataclass
class HeldTasks(ScriptedTasks):
    """Keeps each call in flight until its function may return."""

    may_return: dict[str, asyncio.Event] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Return the name of the function, once it may return."""
        self.calls.append(call)
        self.callers.append(caller)
        name = name_target(call)
        self.running.append(name)
        try:
            await self.may_return.setdefault(name, asyncio.Event()).wait()
        finally:
            self.running.remove(name)
        return CallResult(json.dumps(name))


@dataclass
class World:
    """A harness with held tasks."""

    harness: Harness
    tasks: HeldTasks

    async def start(self, function: str, count: int = 1, **fields: Any) -> list[Execution]:
        """Start executions that call a function."""
        arn = await self.harness.create(call(function, **fields), f"{function}-{len(fields)}")
        started = [await self.harness.start(arn) for _ in range(count)]
        await self.harness.settle()
        return started

    async def finish(self, function: str) -> None:
        """Let the calls of a function return."""
        self.tasks.may_return[f"lambda:{function}"].set()
        await self.harness.settle()

    def types(self, execution: Execution) -> list[str]:
        """Return the types of the events of the Task, without their first word."""
        return [
            each.removeprefix("Task") for each in self.harness.types(execution) if each.startswith("Task")
        ]


async def make_world(make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> World:
    monkeypatch.setattr("tests.unit.engine.conftest.ScriptedTasks", HeldTasks)
    harness = await make_harness(**settings)
    assert isinstance(harness.tasks, HeldTasks)
    return World(harness, harness.tasks)


async def test_slow_function_does_not_hold_up_another(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred tasks of the slow one wait in their own queue, ten of them run."""
    world = await make_world(make_harness, monkeypatch)
    await world.start("slow", 100)
    (other,) = await world.start("other")
    await world.finish("other")
    assert world.harness.now(other).status is Status.SUCCEEDED
    assert world.tasks.running == ["lambda:slow"] * 10


async def test_task_started_is_written_when_the_call_starts(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TaskScheduled is written at once. The event's time is that of the start, not of the plan."""
    world = await make_world(make_harness, monkeypatch, **ONE_AT_A_TIME)
    first, second = await world.start("f", 2)
    assert world.types(first) == ["StateEntered", "Scheduled", "Started"]
    assert world.types(second) == ["StateEntered", "Scheduled"]
    await world.harness.skip(18)
    await world.finish("f")
    assert world.types(second) == ["StateEntered", "Scheduled", "Started", "Succeeded", "StateExited"]
    times = {event["type"]: event["timestamp"] for event in world.harness.history(second)}
    assert times["TaskStarted"] - times["TaskScheduled"] == 18
    assert [event["previousEventId"] for event in world.harness.history(second)] == [0, 0, 2, 3, 4, 5, 6]


async def test_timeout_counts_from_the_start(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Task that waits for its turn has not begun to time out, even if it then waits for a token.

    Source: TimeoutSeconds in "Task workflow state": the count begins when TaskStarted is logged.
    """
    world = await make_world(make_harness, monkeypatch, **ONE_AT_A_TIME)
    resource = f"{INVOKE}.waitForTaskToken"
    await world.start("f")
    (waiting,) = await world.start("f", Resource=resource, TimeoutSeconds=60)
    await world.harness.skip(100)
    await world.finish("f")
    await world.harness.skip(59)
    assert world.harness.now(waiting).status is Status.RUNNING
    await world.harness.skip(1)
    assert world.harness.now(waiting).status is Status.FAILED
    assert world.types(waiting)[-1] == "TimedOut"


async def test_stopped_execution_gives_its_place_to_the_next(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its call is in flight or waits. A call that never started is not made."""
    world = await make_world(make_harness, monkeypatch, **ONE_AT_A_TIME)
    first, second, third = await world.start("f", 3)
    for execution in (second, first):
        await world.harness.engine.stop(world.harness.engine.arn(execution), None, None)
    await world.harness.settle()
    assert world.types(second) == ["StateEntered", "Scheduled"]
    await world.finish("f")
    assert world.harness.now(third).status is Status.SUCCEEDED
    assert len(world.tasks.calls) == 2


async def test_deadline_ends_a_task_that_waits_for_its_turn(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timeout of the execution counts from its start."""
    world = await make_world(make_harness, monkeypatch, **ONE_AT_A_TIME)
    arn = await world.harness.create(call("f"), TimeoutSeconds=60)
    executions = [await world.harness.start(arn) for _ in range(2)]
    await world.harness.skip(60)
    assert {world.harness.now(each).status for each in executions} == {Status.TIMED_OUT}


async def test_branches_of_one_turn_share_the_slots(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Map plans all its calls at once, and starts as many as there are slots."""
    world = await make_world(make_harness, monkeypatch, function_concurrency=3)
    item = {"StartAt": "Call", "States": call("f")}
    execution = await world.harness.run(
        {"Map": {"Type": "Map", "ItemProcessor": item, "End": True}}, [{}] * 5
    )
    await world.harness.settle()
    assert (world.types(execution).count("Scheduled"), world.types(execution).count("Started")) == (5, 3)
    await world.finish("f")
    assert world.harness.now(execution).output == json.dumps(["lambda:f"] * 5).replace(" ", "")


async def test_full_history_fails_a_task_whose_turn_has_come(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TaskStarted would be the last event but one."""
    monkeypatch.setattr("stepfunctions_local.engine.execution.history.MAX_EVENTS", 4)
    world = await make_world(make_harness, monkeypatch, **ONE_AT_A_TIME)
    world.harness.engine._dispatcher._calls._slots.take("lambda:f")  # noqa: SLF001 - one is in use
    (execution,) = await world.start("f")
    assert world.types(execution) == ["StateEntered", "Scheduled"]
    world.harness.engine._dispatcher._calls._slots.release("lambda:f")  # noqa: SLF001 - likewise
    await world.harness.settle()
    assert world.harness.now(execution).error == "States.Runtime"
    assert world.tasks.calls == []


async def test_crash_loses_no_call_that_waits(tmp_path: Path) -> None:
    """After kill -9 the calls in flight are repeated, and the others start in their turn: one event each."""
    clock = ManualClock(NOW)
    async with running(tmp_path / "a", clock, **ONE_AT_A_TIME) as before:
        arn = await before.create(call("f"))
        executions = [await before.start(arn) for _ in range(3)]
        await before.settle()
        assert [before.types(each).count("TaskStarted") for each in executions] == [1, 0, 0]
        folder = before.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=5))
    async with running(folder, clock, **ONE_AT_A_TIME) as after:
        for number in range(3):
            after.tasks.will_return(number)
        for _ in range(6):
            await after.settle()
        assert [after.now(each).output for each in executions] == ["0", "1", "2"]
        for each in executions:
            assert (after.types(each).count("TaskScheduled"), after.types(each).count("TaskStarted")) == (
                1,
                1,
            )


@pytest.mark.parametrize(
    "function",
    [
        "f",
        "f:$LATEST",
        "f:live",
        "function:f",
        "123456789012:function:f:live",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:live",
        "arn:aws:lambda:us-east-1::function:f",
    ],
)
def test_names_of_a_function_are_one_target(function: str) -> None:
    """With any version or alias: they run in the same workers."""
    assert name_target(Call(parse_resource(INVOKE), {"FunctionName": function})) == "lambda:f"


def test_function_as_the_resource_is_the_same_target() -> None:
    """Other services are a target each."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f:live"
    assert name_target(Call(parse_resource(arn), {})) == "lambda:f"
    assert name_target(Call(parse_resource("arn:aws:states:::sqs:sendMessage"), {})) == "sqs"


async def test_failed_call_frees_its_slot(make_harness: MakeHarness) -> None:
    """And so does the wait before its retry."""
    harness = await make_harness(**ONE_AT_A_TIME)
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100}]
    arn = await harness.create(call("f", Retry=retry))
    harness.tasks.outcomes = [Failure("Busy"), CallResult("2")]
    first, second = [await harness.start(arn) for _ in range(2)]
    await harness.settle()
    assert (harness.now(first).status, harness.now(second).output) == (Status.RUNNING, "2")
