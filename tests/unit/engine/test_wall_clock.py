"""Due times are wall clock: what happens when somebody sets it, and when the scale of waits changes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.bench import NOW
from tests.unit.engine.time_bench import TimeBench, time_bench

HOUR = timedelta(hours=1)

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}


@pytest.fixture
async def bench() -> AsyncIterator[TimeBench]:
    async with time_bench() as bench:
        yield bench


async def test_a_clock_that_is_set_back_makes_nothing_early(bench: TimeBench) -> None:
    """What was due in a minute is due in an hour and a minute, by every other clock."""
    execution = await bench.run(WAIT, {"expirydate": 60})
    bench.clock.advance(-HOUR)
    await bench.skip(3600 + 59)
    assert bench.now(execution).status is Status.RUNNING
    await bench.skip(1)
    assert bench.exited_after(execution) == [timedelta(minutes=1)]


async def test_a_clock_that_is_set_back_makes_nothing_happen_twice(bench: TimeBench) -> None:
    """A wait that is over stays over when its due time comes again."""
    execution = await bench.run(WAIT, {"expirydate": 60})
    await bench.skip(60)
    bench.clock.advance(-HOUR)
    await bench.skip(2 * 3600)
    assert bench.exited_after(execution) == [timedelta(minutes=1)]


async def test_a_clock_that_is_set_forward_is_noticed_within_a_second(bench: TimeBench) -> None:
    """Nobody has to wake the engine: it looks at the clock again by itself."""
    execution = await bench.run(WAIT, {"expirydate": 3600})
    await bench.settle()
    bench.clock.advance(HOUR)
    async with asyncio.timeout(3):
        while bench.now(execution).status is Status.RUNNING:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_after_a_skip_the_wall_clock_still_counts(bench: TimeBench) -> None:
    """Set forward by an hour, the skipped clock is an hour further."""
    execution = await bench.run(WAIT, {"expirydate": 2 * 3600})
    await bench.skips.by(HOUR)
    await bench.skip(3600)
    assert bench.exited_after(execution) == [2 * HOUR]


async def test_another_scale_leaves_waits_that_are_on_record_as_they_are(tmp_path: Path) -> None:
    """A restart with WAIT_TIME_SCALE=0.01 shortens what begins from then on, and nothing else."""
    async with time_bench(tmp_path) as bench:
        long = await bench.run(WAIT, {"expirydate": 3600})
    async with time_bench(tmp_path, wait_time_scale=0.01) as bench:
        short = await bench.run(WAIT, {"expirydate": 3600}, name="short")
        await bench.skips.by(2 * HOUR)
        assert bench.exited_after(short) == [timedelta(seconds=36)]
        assert bench.exited_after(long) == [HOUR]


@pytest.mark.parametrize("scale", [1e300, 1e12])
async def test_a_scale_that_stretches_a_wait_beyond_the_calendar_ends_it_with_the_execution(
    scale: float,
) -> None:
    """After a year, which is as long as an execution lives."""
    async with time_bench(wait_time_scale=scale) as bench:
        execution = await bench.run(WAIT, {"expirydate": 3600})
        await bench.skips.by(timedelta(days=365))
        assert bench.now(execution).status is Status.TIMED_OUT
        assert bench.now(execution).stopped == NOW + timedelta(days=365)
