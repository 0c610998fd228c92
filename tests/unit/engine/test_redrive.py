"""Redrives of unsuccessful executions, and their refusals."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import ExecutionDoesNotExist, ExecutionNotRedrivable
from stepfunctions_local.engine.execution.branch import root_of
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
    "OutputPath": "$.Payload",
    "End": True,
}
PREPARE_AND_CALL = {"Prepare": {"Type": "Pass", "Result": {"prepared": True}, "Next": "Call"}, "Call": CALL}
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxAttempts": 1}]
WAIT = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}
DAY = timedelta(days=1)


async def redrive(harness: Harness, execution: Execution, token: str | None = None) -> Any:
    """Redrive an execution and let it continue."""
    redriven = await harness.engine.redrive(harness.engine.arn(execution), token)
    await harness.settle()
    return redriven


def chain(harness: Harness, execution: Execution, first: int) -> list[tuple[int, int, str]]:
    """Return the id, the previous id and the type of each event from an id on."""
    events = harness.history(execution)[first - 1 :]
    return [(event["id"], event["previousEventId"], event["type"]) for event in events]


async def refusal(harness: Harness, execution: Execution) -> str:
    """Return the reason for which an execution cannot be redriven."""
    arn = harness.engine.arn(execution)
    with pytest.raises(ExecutionNotRedrivable) as refused:
        await harness.engine.redrive(arn)
    reason = str(refused.value).removeprefix(f"Execution {arn} invalid for redrive as: ")
    assert reason == harness.engine.find_redrive_obstacle(harness.now(execution))
    return reason


async def test_redriven_task_is_called_again_with_the_same_input(harness: Harness) -> None:
    """Successful states are neither repeated nor entered again in the history."""
    harness.tasks.outcomes = [Failure("Busy", "later")]
    execution = await harness.run(PREPARE_AND_CALL)
    await harness.settle()
    assert harness.now(execution).status is Status.FAILED
    harness.tasks.will_return({"Payload": "done"})
    await redrive(harness, execution)
    assert harness.now(execution).output == '"done"'
    first, second = harness.tasks.calls
    assert first.parameters == second.parameters
    assert chain(harness, execution, 8) == [
        (8, 7, "ExecutionFailed"),
        (9, 8, "ExecutionRedriven"),
        (10, 4, "TaskScheduled"),
        (11, 10, "TaskStarted"),
        (12, 11, "TaskSucceeded"),
        (13, 12, "TaskStateExited"),
        (14, 13, "ExecutionSucceeded"),
    ]


async def test_redriven_execution_runs_without_its_former_end(harness: Harness) -> None:
    """The redrive is counted, and its date is returned."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    await harness.engine.stop(harness.engine.arn(execution), "Why", "Because")
    await harness.skip(5)
    assert await redrive(harness, execution) == NOW + timedelta(seconds=5)
    now = harness.now(execution)
    assert (now.status, now.stopped, now.error, now.cause) == (Status.RUNNING, None, None, None)
    assert (now.redrives, now.redriven) == (1, NOW + timedelta(seconds=5))
    assert chain(harness, execution, 3) == [(3, 0, "ExecutionAborted"), (4, 3, "ExecutionRedriven")]
    await harness.skip(60)
    assert chain(harness, execution, 5) == [(5, 2, "WaitStateExited"), (6, 5, "ExecutionSucceeded")]


async def test_redrive_restores_all_retries(harness: Harness) -> None:
    """The state has all its attempts again."""
    harness.tasks.outcomes = [Failure("Busy")] * 3
    execution = await harness.run({"Call": {**CALL, "Retry": RETRY}})
    await harness.settle()
    await harness.skip(10)
    assert harness.now(execution).status is Status.FAILED
    await redrive(harness, execution)
    harness.tasks.will_return({"Payload": "done"})
    await harness.skip(10)
    assert harness.now(execution).status is Status.SUCCEEDED
    assert len(harness.tasks.calls) == 4


async def test_redrive_restores_the_time_limit(harness: Harness) -> None:
    """An execution that timed out has its whole TimeoutSeconds again."""
    execution = await harness.run(WAIT, {"expirydate": 60}, TimeoutSeconds=5)
    await harness.skip(5)
    await redrive(harness, execution)
    await harness.skip(4.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).status is Status.TIMED_OUT


async def test_redriven_wait_until_a_past_time_ends_at_once(harness: Harness) -> None:
    """Source: the redrive behaviour of the Wait state in the Developer Guide."""
    until = {"Wait": {"Type": "Wait", "Timestamp": "2026-11-24T09:31:00Z", "End": True}}
    execution = await harness.run(until)
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.skip(3600)
    await redrive(harness, execution)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_redriven_fail_state_fails_without_another_entry(harness: Harness) -> None:
    """ExecutionFailed follows ExecutionRedriven, as recorded on AWS."""
    execution = await harness.run({"No": {"Type": "Fail", "Error": "Never"}})
    await redrive(harness, execution)
    assert harness.now(execution).error == "Never"
    assert chain(harness, execution, 3) == [
        (3, 2, "ExecutionFailed"),
        (4, 3, "ExecutionRedriven"),
        (5, 4, "ExecutionFailed"),
    ]


async def test_context_object_has_the_redrive(harness: Harness) -> None:
    """RedriveCount increases, and RedriveTime appears with the first redrive."""
    harness.tasks.outcomes = [Failure("Busy")]
    parameters = {"FunctionName": "f", "Payload.$": "$$.Execution"}
    execution = await harness.run({"Call": {**CALL, "Parameters": parameters}})
    await harness.settle()
    await redrive(harness, execution)
    first, second = (cast("dict[str, Any]", call.parameters)["Payload"] for call in harness.tasks.calls)
    assert (first["RedriveCount"], "RedriveTime" in first) == (0, False)
    assert (second["RedriveCount"], second["RedriveTime"]) == (1, "2026-11-24T09:30:00.000Z")


async def test_running_or_succeeded_execution_cannot_be_redriven(harness: Harness) -> None:
    """The reasons are those of AWS."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    assert await refusal(harness, execution) == "Execution is RUNNING and cannot be redriven"
    await harness.skip(60)
    assert await refusal(harness, execution) == "Execution is SUCCEEDED and cannot be redriven"
    with pytest.raises(ExecutionDoesNotExist):
        await harness.engine.redrive(f"{harness.engine.arn(execution)}-none")


async def test_execution_can_be_redriven_for_14_days_after_its_end(harness: Harness) -> None:
    """One second later it is refused."""
    execution = await harness.run({"No": {"Type": "Fail"}})
    harness.clock.advance(14 * DAY)
    await redrive(harness, execution)
    harness.clock.advance(14 * DAY + timedelta(seconds=1))
    assert await refusal(harness, execution) == "Execution redrivable period exceeded"


async def test_redrive_does_not_extend_the_year_of_an_execution(harness: Harness) -> None:
    """The year counts from its first start."""
    execution = await harness.run(WAIT, {"expirydate": 400 * 24 * 3600})
    harness.clock.advance(364 * DAY)
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await redrive(harness, execution)
    await harness.skip(24 * 3600)
    assert harness.now(execution).status is Status.TIMED_OUT
    assert await refusal(harness, execution) == "Execution has exceeded the max execution time"


async def test_execution_with_a_full_history_cannot_be_redriven(harness: Harness) -> None:
    """A history has at most 25,000 events."""
    way_out = {"Variable": "$.enough", "IsPresent": True, "Next": "C"}
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [way_out], "Default": "A"},
        "C": {"Type": "Succeed"},
    }
    execution = await harness.run(loop)
    while not harness.now(execution).stopped:
        await harness.settle()
    assert await refusal(harness, execution) == "Execution history event limit exceeded"


async def test_execution_of_a_deleting_state_machine_cannot_be_redriven(harness: Harness) -> None:
    """It would delay the deletion."""
    arn = await harness.create(WAIT)
    failed, _ = [await harness.start(arn, {"expirydate": seconds}) for seconds in (-1, 60)]
    await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
    assert await refusal(harness, failed) == "State machine is in DELETING status"


async def test_redriven_execution_delays_the_deletion_of_its_state_machine(harness: Harness) -> None:
    """The deletion waits for it as for any running execution."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await redrive(harness, execution)
    machine = harness.engine.catalog.get(execution.state_machine_id)
    await harness.engine.catalog.delete(machine)
    assert harness.engine.catalog.all()
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    assert not harness.engine.catalog.all()


async def test_repeated_redrive_returns_the_first_answer(harness: Harness) -> None:
    """It changes nothing; a client token is valid for 15 minutes."""
    execution = await harness.run({"No": {"Type": "Fail"}})
    assert await redrive(harness, execution, "one") == NOW
    await harness.skip(60)
    assert await redrive(harness, execution, "one") == NOW
    assert await redrive(harness, execution, "two") == NOW + timedelta(seconds=60)
    assert await redrive(harness, execution, "one") == NOW
    assert harness.now(execution).redrives == 2
    await harness.skip(15 * 60)
    assert await redrive(harness, execution, "one") == NOW + timedelta(seconds=16 * 60)


async def test_redrive_survives_a_crash(tmp_path: Path) -> None:
    """The execution continues, and its client token is remembered."""
    clock = ManualClock(NOW)
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(WAIT, {"expirydate": 60})
        await harness.engine.stop(harness.engine.arn(execution), None, None)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert await redrive(harness, execution, "one") == NOW
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        assert await redrive(harness, execution, "one") == NOW
        await harness.skip(60)
        assert harness.now(execution).status is Status.SUCCEEDED
        assert [event["id"] for event in harness.history(execution)] == [1, 2, 3, 4, 5, 6]


async def test_expired_execution_leaves_no_records(tmp_path: Path) -> None:
    """Its position and its redrives are removed with it."""
    clock = ManualClock(NOW)
    async with running(tmp_path, clock, retention=DAY) as harness:
        execution = await harness.run({"No": {"Type": "Fail"}})
        await redrive(harness, execution, "one")
        assert harness.records.store.halted.position(root_of(execution.id))
    clock.advance(2 * DAY)
    async with running(tmp_path, clock, retention=DAY) as harness:
        await harness.settle()
        assert harness.records.store.halted.position(root_of(execution.id)) is None
        assert harness.records.store.redriven(execution.id, "one", NOW) is None


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a Parallel of branches, each an object of states."""
    workflows = [{"StartAt": next(iter(states)), "States": states} for states in branches]
    return {"Work": {"Type": "Parallel", "Branches": workflows, "End": True, **fields}}


def each(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a Map that processes every item with the same states."""
    processor = {"StartAt": next(iter(states)), "States": states}
    return {"Work": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}


async def test_redrive_continues_unsuccessful_branches_alone(harness: Harness) -> None:
    """The output of the successful branch is kept; as recorded on AWS."""
    call = {name: {**CALL, "OutputPath": "$"} for name in "ABC"}
    harness.tasks.outcomes = [CallResult('"kept"'), Failure("Busy")]
    execution = await harness.run(parallel(*({name: state} for name, state in call.items())))
    await harness.settle()
    assert harness.now(execution).error == "Busy"
    ended = len(harness.history(execution))
    harness.tasks.outcomes = [CallResult('"b"'), CallResult('"c"')]
    await redrive(harness, execution)
    assert harness.now(execution).output == '["kept","b","c"]'
    assert chain(harness, execution, ended + 1)[:5] == [
        (ended + 1, ended, "ExecutionRedriven"),
        (ended + 2, 7, "TaskScheduled"),
        (ended + 3, ended + 2, "TaskStarted"),
        (ended + 4, 10, "TaskScheduled"),
        (ended + 5, ended + 4, "TaskStarted"),
    ]
    assert harness.types(execution).count("ParallelStateStarted") == 1
    assert harness.types(execution).count("TaskStateEntered") == 3


async def test_remaining_items_begin_after_the_redriven_item(harness: Harness) -> None:
    """The failed iteration is not started again; as recorded on AWS."""
    harness.tasks.outcomes = [CallResult('"0"'), Failure("Busy")]
    states = each({"Call": {**CALL, "OutputPath": "$"}}, MaxConcurrency=1)
    execution = await harness.run(states, [{"n": n} for n in range(3)])
    await harness.settle()
    assert harness.now(execution).status is Status.FAILED
    harness.tasks.outcomes = [CallResult('"1"'), CallResult('"2"')]
    await redrive(harness, execution)
    assert harness.now(execution).output == '["0","1","2"]'
    started = [
        event["mapIterationStartedEventDetails"]["index"]
        for event in harness.history(execution)
        if event["type"] == "MapIterationStarted"
    ]
    assert started == [0, 1, 2]
    assert [cast("Any", call.parameters)["Payload"]["n"] for call in harness.tasks.calls] == [0, 1, 1, 2]


async def test_redrive_of_a_stopped_execution_continues_all_branches(harness: Harness) -> None:
    """Nested branches continue, too, and waits begin again."""
    pause = {"Type": "Wait", "Seconds": 10, "End": True}
    inner = parallel({"C": pause})["Work"]
    execution = await harness.run(parallel({"A": pause}, {"B": inner}))
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await redrive(harness, execution)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(9.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).output == "[{},[{}]]"


async def test_redriven_branch_at_a_fail_state_fails_again(harness: Harness) -> None:
    """Its failure ends the other branches as before."""
    execution = await harness.run(parallel({"No": {"Type": "Fail", "Error": "Never"}}, {"W": WAIT["Wait"]}))
    ended = len(harness.history(execution))
    await redrive(harness, execution)
    assert harness.now(execution).error == "Never"
    assert [type_name for _, _, type_name in chain(harness, execution, ended + 1)] == [
        "ExecutionRedriven",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]


async def test_redriven_parallel_with_oversized_outputs_begins_again(harness: Harness) -> None:
    """All branches run again. Source: the redrive behaviour of the Parallel state in the Developer Guide."""
    big = {"Type": "Pass", "Result": "x" * 131_073, "End": True}
    execution = await harness.run(parallel({"A": big}, {"B": big}))
    assert harness.now(execution).error == "States.DataLimitExceeded"
    await redrive(harness, execution)
    assert harness.types(execution).count("ParallelStateStarted") == 2
    assert harness.now(execution).error == "States.DataLimitExceeded"


async def test_redrive_restores_the_retries_of_a_parallel(harness: Harness) -> None:
    """A retry repeats it as a whole."""
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    harness.tasks.outcomes = [Failure("Busy")] * 3
    execution = await harness.run(parallel({"Call": CALL}, Retry=retry))
    await harness.settle()
    await harness.skip(1)
    assert harness.now(execution).status is Status.FAILED
    await redrive(harness, execution)
    assert harness.now(execution).status is Status.RUNNING
    harness.tasks.will_return({"Payload": "done"})
    await harness.skip(1)
    assert harness.now(execution).output == '["done"]'


async def test_branches_are_redriven_after_a_crash(tmp_path: Path) -> None:
    """Their positions and outputs are on record."""
    clock = ManualClock(NOW)
    done = {"Type": "Pass", "Result": "kept", "End": True}
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(parallel({"A": done}, {"B": WAIT["Wait"]}), {"expirydate": 60})
        await harness.engine.stop(harness.engine.arn(execution), None, None)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await redrive(harness, execution)
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        await harness.skip(60)
        assert harness.now(execution).output == '["kept",{"expirydate": 60}]'
