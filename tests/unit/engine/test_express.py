"""Express executions run in memory, for five minutes at most, and are forgotten."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from stepfunctions_local.engine import express
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import (
    ExecutionLimitExceeded,
    InvalidArn,
    StateMachineDeleting,
    StateMachineDoesNotExist,
    StateMachineTypeNotSupported,
)
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.machines.state_machine import DEFAULT_CONFIGURATION, MachineType, Setup
from stepfunctions_local.engine.records.journal import GroupJournal
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.language import Json
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.disk import running
from tests.unit.engine.forked_machines import Steps, definition, machines
from tests.unit.engine.harness import NOW, ROLE, Harness
from tests.unit.engine.test_forked_machines import run_engine

LATER = NOW + timedelta(days=365)
WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
CALL: dict[str, Any] = {
    "Call": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}
}
WAIT_AND_CALL: dict[str, Any] = {"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Call"}, **CALL}
COUNT: dict[str, Any] = {
    "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Again"},
    "Again": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericLessThan": 200, "Next": "Add"}],
        "Default": "Done",
    },
    "Done": {"Type": "Succeed"},
}
DOUBLE: dict[str, Any] = {
    "Each": {
        "Type": "Map",
        "MaxConcurrency": 2,
        "ItemProcessor": {
            "StartAt": "Wait",
            "States": {
                "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Add"},
                "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($, $)"}, "End": True},
            },
        },
        "End": True,
    }
}


async def create(harness: Harness, states: dict[str, Any], name: str = "express", **fields: Any) -> str:
    """Create an Express state machine and return its ARN."""
    definition = json.dumps({"StartAt": next(iter(states)), "States": states, **fields})
    setup = Setup(definition, ROLE, type=MachineType.EXPRESS)
    machine, _ = await harness.engine.catalog.create(name, setup, harness.clock.now())
    return harness.engine.catalog.arn(machine)


def begin(harness: Harness, arn: str, value: object = None) -> asyncio.Task[Execution]:
    """Start an execution whose end is waited for."""
    target, text = harness.engine.catalog.target(arn), json.dumps({} if value is None else value)
    return asyncio.create_task(harness.engine.start_sync(target, None, text))


async def run(harness: Harness, states: dict[str, Any], value: object, seconds: float = 0) -> Execution:
    """Run an execution of a new state machine to its end, second by second."""
    running_one = begin(harness, await create(harness, states), value)
    await harness.settle()
    for _ in range(int(seconds)):
        await harness.skip(1)
    return await running_one


def count_running(harness: Harness) -> int:
    """Count the Express executions in memory."""
    return len(harness.engine._express._executions)  # noqa: SLF001 - no API shows them


async def test_execution_ends_with_its_output(harness: Harness) -> None:
    """The wait takes its time, and nothing is left in memory."""
    execution = await run(harness, WAIT, {"a": 1}, 60)
    assert (execution.status, execution.output) == (Status.SUCCEEDED, '{"a": 1}')
    assert execution.stopped == NOW + timedelta(minutes=1)
    assert count_running(harness) == 0


async def test_branches_run_in_memory_too(harness: Harness) -> None:
    """The Map takes two items at a time, and joins their outputs in order."""
    execution = await run(harness, DOUBLE, [1, 2, 3], 2)
    assert json.loads(execution.output or "") == [{"n": 2}, {"n": 4}, {"n": 6}]


async def test_failed_execution_has_its_error(harness: Harness) -> None:
    """StartSyncExecution answers with it."""
    execution = await run(harness, {"Fail": {"Type": "Fail", "Error": "Bad", "Cause": "Why"}}, {})
    assert (execution.status, execution.error, execution.cause) == (Status.FAILED, "Bad", "Why")
    assert count_running(harness) == 0


async def test_execution_times_out_after_five_minutes(harness: Harness) -> None:
    """A longer wait is cut off."""
    arn = await create(harness, {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}})
    execution = begin(harness, arn)
    await harness.settle()
    await harness.skip(299)
    assert not execution.done()
    await harness.skip(1)
    assert (await execution).status is Status.TIMED_OUT


async def test_own_timeout_may_be_shorter(harness: Harness) -> None:
    """TimeoutSeconds counts as in a Standard execution."""
    execution = begin(harness, await create(harness, WAIT, TimeoutSeconds=10))
    await harness.settle()
    await harness.skip(10)
    assert (await execution).status is Status.TIMED_OUT


async def test_name_can_be_used_again(harness: Harness) -> None:
    """Each start is another execution, with an ARN of its own."""
    arn = await create(harness, WAIT)
    one, other = await harness.start(arn, {}, "same"), await harness.start(arn, {}, "same")
    assert one.name == other.name == "same"
    assert harness.engine.arn(one) != harness.engine.arn(other)
    assert harness.engine.arn(one) == f"arn:aws:states:us-east-1:123456789012:express:express:same:{one.uuid}"
    assert count_running(harness) == 2


async def test_executions_are_found_by_no_operation(harness: Harness) -> None:
    """There is no history API for them."""
    execution = await harness.start(await create(harness, WAIT))
    with pytest.raises(InvalidArn, match="Resource type not valid in this context: express"):
        harness.engine.find(harness.engine.arn(execution))
    with pytest.raises(StateMachineTypeNotSupported):
        harness.engine.executions(Wanted(execution.state_machine_id), 10)


async def test_standard_execution_cannot_be_waited_for(harness: Harness) -> None:
    """StartSyncExecution is for Express state machines alone."""
    with pytest.raises(StateMachineTypeNotSupported):
        await begin(harness, await harness.create(WAIT))


async def test_abandoned_request_leaves_the_execution_running(harness: Harness) -> None:
    """A client that has gone stops nothing."""
    harness.tasks.will_return({})
    waiting = begin(harness, await create(harness, WAIT_AND_CALL))
    await harness.settle()
    waiting.cancel()
    await harness.settle()
    assert count_running(harness) == 1
    await harness.skip(60)
    assert len(harness.tasks.calls) == 1
    assert count_running(harness) == 0


async def test_history_has_no_limit(harness: Harness, most_events: int) -> None:
    """An Express execution may have more events than a Standard one."""
    execution = await run(harness, COUNT, {"n": 0})
    assert execution.status is Status.SUCCEEDED
    assert most_events < 200 * 4


async def test_slots_are_shared_with_standard_executions(make_harness: MakeHarness) -> None:
    """The call of one waits for the call of the other."""
    harness = await make_harness(function_concurrency=1)
    await harness.start(await harness.create(CALL))
    waiting = begin(harness, await create(harness, CALL))
    await harness.settle()
    assert len(harness.tasks.calls) == 1
    await harness.engine.stop(harness.engine.arn(harness.engine.executions(Wanted(1), 1)[0]), None, None)
    harness.tasks.will_return({"b": 2})
    await harness.settle()
    assert json.loads((await waiting).output or "") == {"b": 2}


async def test_state_machine_in_deletion_lets_its_executions_end(harness: Harness) -> None:
    """No further one can be started, and the state machine goes with the last one."""
    harness.tasks.will_return({})
    arn = await create(harness, WAIT_AND_CALL)
    execution = begin(harness, arn)
    await harness.settle()
    await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
    with pytest.raises(StateMachineDeleting):
        await harness.start(arn)
    await harness.skip(60)
    assert (await execution).status is Status.SUCCEEDED
    with pytest.raises(StateMachineDoesNotExist):
        harness.engine.catalog.find(arn)


async def test_memory_for_executions_is_bounded(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it StartExecution is refused, until executions have ended."""
    monkeypatch.setattr(express, "MOST_CHARACTERS", 100_000)
    arn = await create(harness, WAIT)
    await harness.start_text(arn, json.dumps("x" * 100_000))
    with pytest.raises(ExecutionLimitExceeded):
        await harness.start(arn)
    await harness.skip(60)
    assert (await harness.start(arn)).is_express


async def test_restart_forgets_executions_and_keeps_the_state_machine(tmp_path: Path) -> None:
    """Nothing of an execution is on disk: no row, no turn, no number."""
    clock = ManualClock(NOW)
    async with running(tmp_path, clock) as harness:
        arn = await create(harness, WAIT)
        await harness.start(arn)
        assert harness.engine.next_due() == NOW + timedelta(minutes=1)
        assert harness.records.store.last_ids()[2] == 0
        assert harness.records.store.latest_event().timestamp() == 0
    async with running(tmp_path, clock) as harness:
        assert harness.engine.next_due() is None
        assert harness.engine.catalog.find(arn).is_express
        await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        assert harness.engine.catalog.all() == []


async def test_executions_wait_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk keeps no Express execution from running."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        arn = await create(harness, WAIT)
        monkeypatch.setattr(GroupJournal, "require_writable", lambda _: pytest.fail("looks at the disk"))
        monkeypatch.setattr(harness.records.journal, "backlog", 2**40)
        execution = begin(harness, arn, {"text": "x" * 100_000})
        await asyncio.sleep(0)
        harness.clock.advance(timedelta(minutes=1))
        assert harness.engine.wake_due() == 1
        assert (await execution).status is Status.SUCCEEDED
        monkeypatch.undo()


@given(machines)
@settings(deadline=None, max_examples=15)
def test_log_equals_the_history_of_a_standard_execution(steps: Steps) -> None:
    """The same interpreter: any machine has the same events at the same times."""
    standard, express_ = (asyncio.run(log_of(steps, type_)) for type_ in MachineType)
    assert standard[-1]["type"] == "ExecutionSucceeded"
    assert express_ == standard


async def log_of(steps: Steps, type_: MachineType) -> list[dict[str, Any]]:
    """Run a machine by an engine of its own, since executions share slots, and return its log."""
    setup, (_, seconds) = Setup(json.dumps(definition(steps)), ROLE, logging_all(), type_), steps.run(0)
    async with run_engine(None, ManualClock(NOW)) as harness:
        machine, _ = await harness.engine.catalog.create("m", setup, NOW)
        await harness.start(harness.engine.catalog.arn(machine), 0)
        for _ in range(seconds + 1):
            await settle(harness)
            harness.clock.advance(timedelta(seconds=1))
        assert count_running(harness) == 0
        return [json.loads(line.text) | {"execution_arn": ""} for line in harness.engine.log.read("m").lines]


async def settle(harness: Harness) -> None:
    """Wake due executions until none is due and no call is in flight."""
    async with asyncio.timeout(60):
        await harness.settle()
        while harness.engine.is_calling or (harness.engine.next_due() or LATER) <= harness.clock.now():
            await harness.settle()


def logging_all() -> dict[str, Json]:
    """Return a configuration by which every event is logged with its data."""
    return {**DEFAULT_CONFIGURATION, "loggingConfiguration": {"level": "ALL", "includeExecutionData": True}}
