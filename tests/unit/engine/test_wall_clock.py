"""Due times are wall-clock times: changes of the clock and of the scale of waits."""

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


async def test_clock_set_forward_is_noticed_within_a_second(harness: SkippingHarness) -> None:
    """The engine checks the clock by itself."""
    execution = await harness.run(WAIT, {"expirydate": 3600})
    await harness.settle()
    harness.clock.advance(HOUR)
    async with asyncio.timeout(3):
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
