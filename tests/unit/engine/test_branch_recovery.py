"""Recovery of branches after a crash."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.disk import DATABASE, running
from tests.unit.engine.harness import NOW, Harness
from tests.unit.engine.test_branches import CALL, PASS, branch, each, parallel, wait, with_fields

WAIT_AND_CALL = branch(Wait=wait(10, Next="Call"), Call=CALL)
CALL_EACH = {"Each": each(CallEach=CALL)["Work"]}
WAIT_AND_CALL_EACH = each(Wait={"Type": "Wait", "SecondsPath": "$", "Next": "Call"}, Call=CALL)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def inputs(harness: Harness) -> list[Any]:
    """Return the inputs of the calls so far."""
    return [call.parameters for call in harness.tasks.calls]


def output(harness: Harness, execution: Execution) -> Any:
    now = harness.now(execution)
    assert now.status is Status.SUCCEEDED, now
    return json.loads(now.output or "")


async def test_each_branch_continues_its_wait_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """It ends neither early nor late, and once."""
    states = parallel(branch(A=wait(10)), branch(B=wait(20)))
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(9.999)
        assert harness.types(execution).count("WaitStateExited") == 0
        await harness.skip(0.001)
        assert harness.types(execution).count("WaitStateExited") == 1
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        await harness.skip(10)
        assert harness.now(execution).stopped == NOW + timedelta(seconds=20)
        assert harness.types(execution).count("WaitStateExited") == 2


async def test_overdue_branches_continue_in_order_of_due_time(clock: ManualClock, tmp_path: Path) -> None:
    """The order holds across branches and executions."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_AND_CALL_EACH)
        for seconds in ([30, 10], [40, 20]):
            await harness.start(arn, seconds)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert inputs(harness) == [10, 20, 30, 40]


async def test_each_call_in_flight_is_repeated_once(clock: ManualClock, tmp_path: Path) -> None:
    """Returned calls are not repeated, and waiting siblings keep waiting."""
    states = parallel(branch(A=CALL), WAIT_AND_CALL, branch(**CALL_EACH))
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states, [1, 2])
        await harness.settle()
        harness.tasks.will_return("back")
        assert len(inputs(harness)) == 3
        history = harness.history(execution)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.history(execution) == history
        for result in ("first", "second", "third", "fourth"):
            harness.tasks.will_return(result)
        await harness.settle()
        assert len(inputs(harness)) == 3
        await harness.skip(10)
        assert output(harness, execution) == ["first", "fourth", ["second", "third"]]
        assert harness.types(execution).count("LambdaFunctionScheduled") == 4


async def test_remaining_items_begin_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """The joined output includes the items that ended before."""
    states = with_fields(WAIT_AND_CALL_EACH, MaxConcurrency=2)
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states, [5, 50, 5, 5])
        harness.tasks.will_return("a")
        await harness.skip(5)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.will_return("c")
        await harness.skip(5)
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        harness.tasks.will_return("d")
        await harness.skip(5)
        harness.tasks.will_return("b")
        await harness.skip(35)
        assert output(harness, execution) == ["a", "b", "c", "d"]
        assert inputs(harness) == [5, 50]


async def test_aborted_branches_do_not_return_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """Neither their waits nor their calls continue."""
    states = {
        **parallel(
            branch(A=wait(5, Next="Odd"), Odd={"Type": "Fail", "Error": "Odd"}),
            branch(B=wait(10, Next="C"), C=CALL),
            branch(D=CALL),
            Catch=[{"ErrorEquals": ["Odd"], "Next": "Rest"}],
        ),
        "Rest": wait(60),
    }
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states)
        await harness.skip(5)
        assert inputs(harness) == [{}]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(59.999)
        assert inputs(harness) == []
        await harness.skip(0.001)
        assert harness.now(execution).stopped == NOW + timedelta(seconds=65)


async def test_failed_repeated_call_aborts_its_siblings(clock: ManualClock, tmp_path: Path) -> None:
    """It would do so without the crash, too."""
    states = parallel(branch(A=CALL), branch(B=wait(10)))
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states)
        await harness.settle()
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.outcomes.append(Failure("Odd"))
        await harness.settle()
        assert harness.now(execution).status is Status.FAILED
        assert "WaitStateAborted" in harness.types(execution)
        assert harness.engine.next_due() is None


async def test_time_limit_of_branches_survives_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """It ends the execution with all its branches."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(parallel(branch(A=wait(100)), branch(B=CALL)), TimeoutSeconds=60)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(60)
        assert harness.now(execution).status is Status.TIMED_OUT
        assert harness.engine.next_due() is None
        assert not harness.engine.is_calling


async def test_stop_after_a_restart_ends_all_branches(clock: ManualClock, tmp_path: Path) -> None:
    """Their waits are cancelled, and their calls are dropped."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(parallel(branch(A=wait(100)), branch(B=CALL)))
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.engine.stop(harness.engine.arn(execution), None, None)
        await harness.skip(100)
        assert harness.now(execution).status is Status.ABORTED
        assert harness.types(execution)[-1] == "ExecutionAborted"


async def test_branches_of_an_unreadable_definition_block_no_others(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They stay as they are, and the log names their execution."""
    async with running(tmp_path, clock) as harness:
        odd = await harness.start(await harness.create(parallel(branch(A=wait(10)), branch(B=CALL)), "odd"))
        good = await harness.start(await harness.create(parallel(branch(A=wait(11))), "good"))
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("UPDATE revisions SET definition = '{}' WHERE id = 1")
    async with running(tmp_path, clock) as harness:
        await harness.skip(11)
        assert [harness.now(each).status for each in (odd, good)] == [Status.RUNNING, Status.SUCCEEDED]
        assert odd.name in caplog.text


async def test_variables_of_branches_survive_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """So do the outer variables."""
    tell = {**PASS, "Parameters": {"around.$": "$around", "own.$": "$own"}}
    waits = wait(10, Next="Tell")
    states = {
        "Set": {"Type": "Pass", "Assign": {"around": 1}, "Next": "Work"},
        **parallel(branch(Own={"Type": "Pass", "Assign": {"own": 2}, "Next": "Wait"}, Wait=waits, Tell=tell)),
    }
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(states)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(10)
        assert output(harness, execution) == [{"around": 1, "own": 2}]


async def test_redrive_after_a_restart_continues_each_unsuccessful_branch(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A successful branch is not repeated, and an aborted branch continues."""
    states = parallel(branch(A=CALL), branch(B=CALL), branch(C=wait(30)))
    async with running(tmp_path / "a", clock) as harness:
        harness.tasks.will_return("a")
        harness.tasks.outcomes.append(Failure("Odd"))
        execution = await harness.run(states)
        await harness.settle()
        assert harness.now(execution).status is Status.FAILED
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.will_return("b")
        await harness.engine.redrive(harness.engine.arn(execution))
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        harness.tasks.will_return("b")
        await harness.skip(30)
        assert output(harness, execution) == ["a", "b", {}]
