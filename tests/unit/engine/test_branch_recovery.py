"""What is there again of branches after a crash, and what goes on from there."""

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
from tests.unit.engine.bench import NOW, Bench
from tests.unit.engine.disk import DATABASE, running
from tests.unit.engine.test_branches import CALL, PASS, branch, each, parallel, wait, with_fields

WAIT_AND_CALL = branch(Wait=wait(10, Next="Call"), Call=CALL)
CALL_EACH = {"Each": each(CallEach=CALL)["Work"]}
WAIT_AND_CALL_EACH = each(Wait={"Type": "Wait", "SecondsPath": "$", "Next": "Call"}, Call=CALL)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def inputs(bench: Bench) -> list[Any]:
    """Return what the function was called with."""
    return [call.parameters for call in bench.tasks.calls]


def output(bench: Bench, execution: Execution) -> Any:  # noqa: ANN401 - any JSON
    now = bench.now(execution)
    assert now.status is Status.SUCCEEDED, now
    return json.loads(now.output or "")


async def test_each_branch_waits_on_until_its_own_time(clock: ManualClock, tmp_path: Path) -> None:
    """Neither earlier nor from the beginning, and each wait ends once."""
    states = parallel(branch(A=wait(10)), branch(B=wait(20)))
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(9.999)
        assert bench.types(execution).count("WaitStateExited") == 0
        await bench.skip(0.001)
        assert bench.types(execution).count("WaitStateExited") == 1
        left = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        await bench.skip(10)
        assert bench.now(execution).stopped == NOW + timedelta(seconds=20)
        assert bench.types(execution).count("WaitStateExited") == 2


async def test_what_fell_due_meanwhile_goes_on_the_oldest_first(clock: ManualClock, tmp_path: Path) -> None:
    """Whatever branch of whatever execution it is of."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_AND_CALL_EACH)
        for seconds in ([30, 10], [40, 20]):
            await bench.start(arn, seconds)
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as bench:
        await bench.settle()
        assert inputs(bench) == [10, 20, 30, 40]


async def test_the_calls_in_flight_are_made_again_each_once(clock: ManualClock, tmp_path: Path) -> None:
    """What has come back is not called again; a sibling that waits is left alone."""
    states = parallel(branch(A=CALL), WAIT_AND_CALL, branch(**CALL_EACH))
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states, [1, 2])
        await bench.settle()
        bench.tasks.will_return("back")
        assert len(inputs(bench)) == 3
        history = bench.history(execution)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert bench.history(execution) == history
        for result in ("first", "second", "third", "fourth"):
            bench.tasks.will_return(result)
        await bench.settle()
        assert len(inputs(bench)) == 3
        await bench.skip(10)
        assert output(bench, execution) == ["first", "fourth", ["second", "third"]]
        assert bench.types(execution).count("LambdaFunctionScheduled") == 4


async def test_items_that_had_no_room_begin_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """And what had ended is still there when all outputs are joined."""
    states = with_fields(WAIT_AND_CALL_EACH, MaxConcurrency=2)
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states, [5, 50, 5, 5])
        bench.tasks.will_return("a")
        await bench.skip(5)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        bench.tasks.will_return("c")
        await bench.skip(5)
        left = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        bench.tasks.will_return("d")
        await bench.skip(5)
        bench.tasks.will_return("b")
        await bench.skip(35)
        assert output(bench, execution) == ["a", "b", "c", "d"]
        assert inputs(bench) == [5, 50]


async def test_branches_that_were_cut_short_do_not_come_back(clock: ManualClock, tmp_path: Path) -> None:
    """Neither their waits nor their calls."""
    states = {
        **parallel(
            branch(A=wait(5, Next="Odd"), Odd={"Type": "Fail", "Error": "Odd"}),
            branch(B=wait(10, Next="C"), C=CALL),
            branch(D=CALL),
            Catch=[{"ErrorEquals": ["Odd"], "Next": "Rest"}],
        ),
        "Rest": wait(60),
    }
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states)
        await bench.skip(5)
        assert inputs(bench) == [{}]
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(59.999)
        assert inputs(bench) == []
        await bench.skip(0.001)
        assert bench.now(execution).stopped == NOW + timedelta(seconds=65)


async def test_a_repeated_call_that_fails_cuts_its_siblings_short(clock: ManualClock, tmp_path: Path) -> None:
    """As it would have without the crash."""
    states = parallel(branch(A=CALL), branch(B=wait(10)))
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states)
        await bench.settle()
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        bench.tasks.outcomes.append(Failure("Odd"))
        await bench.settle()
        assert bench.now(execution).status is Status.FAILED
        assert "WaitStateAborted" in bench.types(execution)
        assert bench.engine.next_due() is None


async def test_the_time_limit_counts_over_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """And ends the execution with all its branches."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(parallel(branch(A=wait(100)), branch(B=CALL)), TimeoutSeconds=60)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(60)
        assert bench.now(execution).status is Status.TIMED_OUT
        assert bench.engine.next_due() is None
        assert not bench.engine.is_calling


async def test_a_stop_after_a_restart_ends_all_branches(clock: ManualClock, tmp_path: Path) -> None:
    """Their waits are off, and their calls are dropped."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(parallel(branch(A=wait(100)), branch(B=CALL)))
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.engine.stop(bench.engine.arn(execution), None, None)
        await bench.skip(100)
        assert bench.now(execution).status is Status.ABORTED
        assert bench.types(execution)[-1] == "ExecutionAborted"


async def test_branches_whose_definition_is_no_longer_understood_hold_up_no_other(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They stay where they are, and the log says so."""
    async with running(tmp_path, clock) as bench:
        odd = await bench.start(await bench.create(parallel(branch(A=wait(10)), branch(B=CALL)), "odd"))
        good = await bench.start(await bench.create(parallel(branch(A=wait(11))), "good"))
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("UPDATE revisions SET definition = '{}' WHERE id = 1")
    async with running(tmp_path, clock) as bench:
        await bench.skip(11)
        assert [bench.now(each).status for each in (odd, good)] == [Status.RUNNING, Status.SUCCEEDED]
        assert odd.name in caplog.text


async def test_variables_of_branches_survive(clock: ManualClock, tmp_path: Path) -> None:
    """Those around them, and their own."""
    tell = {**PASS, "Parameters": {"around.$": "$around", "own.$": "$own"}}
    waits = wait(10, Next="Tell")
    states = {
        "Set": {"Type": "Pass", "Assign": {"around": 1}, "Next": "Work"},
        **parallel(branch(Own={"Type": "Pass", "Assign": {"own": 2}, "Next": "Wait"}, Wait=waits, Tell=tell)),
    }
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(states)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(10)
        assert output(bench, execution) == [{"around": 1, "own": 2}]


async def test_a_redrive_goes_on_in_each_branch_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """What had succeeded is not done again, nor is what was cut short forgotten."""
    states = parallel(branch(A=CALL), branch(B=CALL), branch(C=wait(30)))
    async with running(tmp_path / "a", clock) as bench:
        bench.tasks.will_return("a")
        bench.tasks.outcomes.append(Failure("Odd"))
        execution = await bench.run(states)
        await bench.settle()
        assert bench.now(execution).status is Status.FAILED
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        bench.tasks.will_return("b")
        await bench.engine.redrive(bench.engine.arn(execution))
        left = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        bench.tasks.will_return("b")
        await bench.skip(30)
        assert output(bench, execution) == ["a", "b", {}]
