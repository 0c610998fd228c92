"""Due times are wall-clock times: changes of the clock and of the scale of waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness
from tests.unit.engine.skipping import SkippingHarness, open_skipping_harness
from tests.unit.engine.test_callbacks import build_callback_state_before, read_token, succeed

HOUR = timedelta(hours=1)

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}


@pytest.fixture
async def harness() -> AsyncIterator[SkippingHarness]:
    async with open_skipping_harness() as harness:
        yield harness


async def test_clock_set_back_ends_no_wait_early(harness: SkippingHarness) -> None:
    """By other clocks a wait of a minute then takes an hour and a minute."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    harness.clock.advance(-HOUR)
    await harness.skip(3600 + 59)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(1)
    assert harness.exited_after(execution) == [timedelta(minutes=1)]


async def test_clock_set_back_ends_no_wait_twice(harness: SkippingHarness) -> None:
    """An ended wait stays ended when its due time is reached again."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    await harness.skip(60)
    harness.clock.advance(-HOUR)
    await harness.skip(2 * 3600)
    assert harness.exited_after(execution) == [timedelta(minutes=1)]


async def test_clock_set_forward_is_noticed(harness: SkippingHarness) -> None:
    """The engine checks the clock by itself."""
    execution = await harness.run(WAIT, {"expirydate": 3600})
    await harness.settle()
    harness.clock.advance(HOUR)
    async with asyncio.timeout(60):
        while harness.now(execution).status is Status.RUNNING:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)


async def test_skipped_clock_follows_the_wall_clock(harness: SkippingHarness) -> None:
    """If the wall clock is set forward by an hour, so is the skipped clock."""
    execution = await harness.run(WAIT, {"expirydate": 2 * 3600})
    await harness.skips.by(HOUR)
    await harness.skip(3600)
    assert harness.exited_after(execution) == [2 * HOUR]


async def test_new_scale_keeps_recorded_waits(tmp_path: Path) -> None:
    """A restart with WAIT_TIME_SCALE=0.01 shortens new waits alone."""
    async with open_skipping_harness(tmp_path) as harness:
        long = await harness.run(WAIT, {"expirydate": 3600})
    async with open_skipping_harness(tmp_path, wait_time_scale=0.01) as harness:
        short = await harness.run(WAIT, {"expirydate": 3600}, name="short")
        await harness.skips.by(2 * HOUR)
        assert harness.exited_after(short) == [timedelta(seconds=36)]
        assert harness.exited_after(long) == [HOUR]


@pytest.mark.parametrize("scale", [1e300, 1e12])
async def test_wait_scaled_beyond_the_calendar_ends_with_its_execution(
    scale: float,
) -> None:
    """An execution lives for one year."""
    async with open_skipping_harness(wait_time_scale=scale) as harness:
        execution = await harness.run(WAIT, {"expirydate": 3600})
        await harness.skips.by(timedelta(days=365))
        assert harness.now(execution).status is Status.TIMED_OUT
        assert harness.now(execution).stopped == NOW + timedelta(days=365)


ASK: dict[str, Any] = {"Ask": build_callback_state_before("Wait") | {"ResultPath": None}, **WAIT}

OUTCOMES = (CallResult("{}"), Failure("Oops", None))


def build_fork() -> dict[str, Any]:
    """Return states that wait, call and retry in branches."""
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5}],
        "End": True,
    }
    branches = []
    for seconds in (0, 30, 60):
        wait = {"Type": "Wait", "Seconds": seconds, "Next": f"Call {seconds}"}
        states = {f"Wait {seconds}": wait, f"Call {seconds}": call}
        branches.append({"StartAt": f"Wait {seconds}", "States": states})
    fork = {"Type": "Parallel", "Branches": branches, "Next": "Last"}
    return {"Fork": fork, "Last": {"Type": "Wait", "Seconds": 10, "End": True}}


def list_times(harness: Harness, execution: Execution) -> list[timedelta]:
    """Return the time of each event, from `NOW` on."""
    times = [event["timestamp"] for event in harness.history(execution)]
    return [datetime.fromtimestamp(time, NOW.tzinfo) - NOW for time in times]


async def ask(harness: Harness) -> Execution:
    """Start an execution that waits for its callback, and then for a minute."""
    harness.tasks.will_return("asked")
    execution = await harness.run(ASK, {"order": 42, "expirydate": 60})
    await harness.settle()
    return execution


async def test_clock_set_back_turns_no_history_back(harness: SkippingHarness) -> None:
    """Events have the time of the last one until the clock is there again; waits count by the clock."""
    execution = await ask(harness)
    harness.clock.advance(-HOUR)
    await succeed(harness, read_token(harness))
    await harness.skip(59.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).stopped == NOW
    assert set(list_times(harness, execution)) == {timedelta(0)}


async def test_clock_set_back_over_a_restart_turns_no_history_back(tmp_path: Path) -> None:
    """The time of the last event is on record."""
    clock = ManualClock(NOW)
    async with running(tmp_path, clock) as harness:
        execution = await ask(harness)
        token = read_token(harness)
    clock.advance(-HOUR)
    async with running(tmp_path, clock) as harness:
        await succeed(harness, token)
        await harness.skip(60)
        assert harness.now(execution).stopped == NOW
        assert set(list_times(harness, execution)) == {timedelta(0)}


async def test_clock_set_back_before_the_commit_turns_no_history_back(tmp_path: Path) -> None:
    """The last event may still be on its way to the disk."""
    clock = ManualClock(NOW)
    async with running(tmp_path, clock) as harness:
        execution = await ask(harness)
        clock.advance(HOUR)
        calling_back = asyncio.create_task(succeed(harness, read_token(harness)))
        await asyncio.sleep(0)
        clock.advance(-HOUR)
        stopped = await harness.engine.stop(harness.engine.arn(execution), None, None)
        await calling_back
        assert stopped == NOW + HOUR
        assert list_times(harness, execution)[-2:] == [HOUR, HOUR]


async def test_stop_after_the_clock_was_set_back_is_not_before_the_start(harness: SkippingHarness) -> None:
    """The list and the history agree on when."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    harness.clock.advance(-HOUR)
    assert await harness.engine.stop(harness.engine.arn(execution), None, None) == NOW
    assert harness.now(execution).stopped == NOW
    assert list_times(harness, execution)[-1] == timedelta(0)


async def test_redrive_after_the_clock_was_set_back_is_not_before_the_end(harness: SkippingHarness) -> None:
    """Nor are the events that follow it."""
    execution = await harness.run({"No": {"Type": "Fail"}})
    harness.clock.advance(-HOUR)
    assert await harness.engine.redrive(harness.engine.arn(execution)) == NOW
    assert harness.now(execution).redriven == NOW
    assert set(list_times(harness, execution)) == {timedelta(0)}


async def test_start_after_the_clock_was_set_back_has_the_present_time(harness: SkippingHarness) -> None:
    """A clock that was ahead holds up no other execution."""
    await harness.run(WAIT, {"expirydate": 60})
    harness.clock.advance(-HOUR)
    execution = await harness.run(WAIT, {"expirydate": 60}, name="later")
    await harness.skip(60)
    assert list_times(harness, execution)[0] == -HOUR
    assert harness.now(execution).stopped == NOW - HOUR + timedelta(minutes=1)


async def test_histories_follow_time_however_the_clock_is_set(tmp_path: Path) -> None:
    """Branches wait, call and retry while the clock is set at random, with restarts."""
    random, clock = Random(11), ManualClock(NOW)
    async with running(tmp_path, clock) as harness:
        arn = await harness.create(build_fork())
        executions = [await harness.start(arn, name=str(number)) for number in range(5)]
    for attempt in range(12):
        clock.moment = NOW + timedelta(seconds=attempt * random.randint(-60, 60))
        async with running(tmp_path, clock) as harness:
            harness.tasks.outcomes = [random.choice(OUTCOMES) for _ in range(6)]
            for _ in range(3):
                await harness.skip(random.randint(-60, 80))
    async with running(tmp_path, clock) as harness:
        ended = 0
        for execution in executions:
            times, stopped = list_times(harness, execution), harness.now(execution).stopped
            assert times == sorted(times)
            assert stopped is None or stopped - NOW == times[-1]
            ended += stopped is not None
        assert ended
