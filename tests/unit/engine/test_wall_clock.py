"""Due times are wall clock: what happens when somebody sets it, and when the scale of waits changes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.harness import NOW
from tests.unit.engine.skipping import SkippingHarness, open_skipping_harness

HOUR = timedelta(hours=1)

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}


@pytest.fixture
async def harness() -> AsyncIterator[SkippingHarness]:
    async with open_skipping_harness() as harness:
        yield harness


async def test_a_clock_that_is_set_back_makes_nothing_early(harness: SkippingHarness) -> None:
    """What was due in a minute is due in an hour and a minute, by every other clock."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    harness.clock.advance(-HOUR)
    await harness.skip(3600 + 59)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(1)
    assert harness.exited_after(execution) == [timedelta(minutes=1)]


async def test_a_clock_that_is_set_back_makes_nothing_happen_twice(harness: SkippingHarness) -> None:
    """A wait that is over stays over when its due time comes again."""
    execution = await harness.run(WAIT, {"expirydate": 60})
    await harness.skip(60)
    harness.clock.advance(-HOUR)
    await harness.skip(2 * 3600)
    assert harness.exited_after(execution) == [timedelta(minutes=1)]


async def test_a_clock_that_is_set_forward_is_noticed_within_a_second(harness: SkippingHarness) -> None:
    """Nobody has to wake the engine: it looks at the clock again by itself."""
    execution = await harness.run(WAIT, {"expirydate": 3600})
    await harness.settle()
    harness.clock.advance(HOUR)
    async with asyncio.timeout(3):
        while harness.now(execution).status is Status.RUNNING:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_after_a_skip_the_wall_clock_still_counts(harness: SkippingHarness) -> None:
    """Set forward by an hour, the skipped clock is an hour further."""
    execution = await harness.run(WAIT, {"expirydate": 2 * 3600})
    await harness.skips.by(HOUR)
    await harness.skip(3600)
    assert harness.exited_after(execution) == [2 * HOUR]


async def test_another_scale_leaves_waits_that_are_on_record_as_they_are(tmp_path: Path) -> None:
    """A restart with WAIT_TIME_SCALE=0.01 shortens what begins from then on, and nothing else."""
    async with open_skipping_harness(tmp_path) as harness:
        long = await harness.run(WAIT, {"expirydate": 3600})
    async with open_skipping_harness(tmp_path, wait_time_scale=0.01) as harness:
        short = await harness.run(WAIT, {"expirydate": 3600}, name="short")
        await harness.skips.by(2 * HOUR)
        assert harness.exited_after(short) == [timedelta(seconds=36)]
        assert harness.exited_after(long) == [HOUR]


@pytest.mark.parametrize("scale", [1e300, 1e12])
async def test_a_scale_that_stretches_a_wait_beyond_the_calendar_ends_it_with_the_execution(
    scale: float,
) -> None:
    """After a year, which is as long as an execution lives."""
    async with open_skipping_harness(wait_time_scale=scale) as harness:
        execution = await harness.run(WAIT, {"expirydate": 3600})
        await harness.skips.by(timedelta(days=365))
        assert harness.now(execution).status is Status.TIMED_OUT
        assert harness.now(execution).stopped == NOW + timedelta(days=365)
