"""Retention over wrong wall clocks: what is deleted cannot be had again."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import ExecutionAlreadyExists, ExecutionDoesNotExist
from stepfunctions_local.engine.expiry import PLAUSIBLE, follow
from stepfunctions_local.engine.records.change import ExecutionsExpired
from tests.unit.engine.disk import DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.skipping import open_skipping_harness
from tests.unit.engine.test_recovery import WAIT_ONLY, names

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RETENTION = 90 * DAY
WRONG = 100 * DAY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def arn(tmp_path: Path, clock: ManualClock) -> str:
    """A state machine with one ended execution on record."""
    async with start(tmp_path, clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await harness.start(arn, {"expirydate": 1}, "ended")
        await harness.skip(1)
    return arn


def start(folder: Path, clock: ManualClock) -> AbstractAsyncContextManager[DiskHarness]:
    """Start an engine with the retention of these tests."""
    return running(folder, clock, retention=RETENTION)


async def run(harness: DiskHarness, hours: int) -> None:
    """Let an engine run for hours, in which its clock goes on. It looks at most twelve times."""
    for _ in range(looks := min(hours, 12)):
        harness.clock.advance(hours * HOUR / looks)
        harness.engine.expiry.expire(hours * HOUR / looks)
        await harness.records.journal.submit(ExecutionsExpired(()))


async def test_start_with_a_clock_far_ahead_deletes_nothing(
    tmp_path: Path, clock: ManualClock, arn: str
) -> None:
    """Nor does any number of starts. The clock is then set right, and all is there."""
    clock.advance(WRONG)
    for _ in range(20):
        async with start(tmp_path, clock) as harness:
            await harness.settle()
            assert names(harness, arn) == ["ended"]
    clock.advance(-WRONG)
    async with start(tmp_path, clock) as harness:
        await run(harness, 100)
        assert names(harness, arn) == ["ended"]


async def test_clock_set_far_ahead_while_the_engine_runs_deletes_nothing_for_days(
    tmp_path: Path, clock: ManualClock, arn: str
) -> None:
    """There is time to notice. If no one sets it right, it is right."""
    async with start(tmp_path, clock) as harness:
        await run(harness, 1)
        clock.advance(WRONG)
        await run(harness, 84)
        assert names(harness, arn) == ["ended"]
        await run(harness, 12)
        assert names(harness, arn) == []


async def test_executions_expire_after_a_long_pause(tmp_path: Path, clock: ManualClock, arn: str) -> None:
    """A computer that was off for half a year is believed after a week of running."""
    clock.advance(180 * DAY)
    for day in range(8):
        async with start(tmp_path, clock) as harness:
            assert names(harness, arn) == (["ended"] if day < 4 else [])
            await run(harness, 24)


async def test_executions_expire_on_time_if_the_engine_is_started_weekly(
    tmp_path: Path, clock: ManualClock, arn: str
) -> None:
    """Starts alone are enough then."""
    for week in range(1, 14):
        clock.advance(7 * DAY)
        async with start(tmp_path, clock) as harness:
            await harness.settle()
            assert names(harness, arn) == (["ended"] if week < 13 else [])


async def test_clock_that_begins_in_1970_neither_deletes_nor_stops_expiry(
    tmp_path: Path, clock: ManualClock, arn: str
) -> None:
    """A computer with an empty battery starts so, until it has asked for the time."""
    clock.moment = datetime(1970, 1, 1, tzinfo=UTC)
    async with start(tmp_path, clock) as harness:
        await run(harness, 1)
        assert names(harness, arn) == ["ended"]
        clock.moment = NOW + 2 * DAY
        await run(harness, 1)
        assert names(harness, arn) == ["ended"]
        for _ in range(13):
            clock.advance(7 * DAY)
            await run(harness, 1)
        assert names(harness, arn) == []


async def test_first_start_with_a_clock_far_ahead_deletes_nothing_later(
    tmp_path: Path, clock: ManualClock
) -> None:
    """The records begin with a wrong time."""
    clock.advance(WRONG)
    async with start(tmp_path, clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        clock.advance(-WRONG)
        await harness.start(arn, {"expirydate": 1}, "ended")
        await harness.skip(1)
        await run(harness, 24 * 89)
        assert names(harness, arn) == ["ended"]
        await run(harness, 48)
        assert names(harness, arn) == []


async def test_skipped_time_counts_at_once(tmp_path: Path) -> None:
    """A skip is meant: over a restart, too."""
    async with open_skipping_harness(tmp_path, retention=RETENTION) as harness:
        execution = await harness.run(WAIT_ONLY, {"expirydate": 1})
        await harness.skips.by(RETENTION + timedelta(seconds=1))
        assert harness.engine.expiry.expire(HOUR) == 0
        await harness.skips.by(timedelta(seconds=1))
        assert harness.now(execution).stopped
    async with open_skipping_harness(tmp_path, retention=RETENTION) as harness:
        await harness.skips.by(timedelta(seconds=1))
        with pytest.raises(ExecutionDoesNotExist):
            harness.now(execution)


async def test_name_of_an_expired_execution_is_free_before_the_hourly_look(tmp_path: Path) -> None:
    """It was refused until then. Other executions stay: after a long skip their ends are of interest."""
    async with open_skipping_harness(tmp_path, retention=RETENTION) as harness:
        arn = await harness.create(WAIT_ONLY)
        _, other = [await harness.start(arn, {"expirydate": 1}, name) for name in ("wanted", "other")]
        await harness.skips.by(RETENTION)
        with pytest.raises(ExecutionAlreadyExists):
            await harness.start(arn, {"expirydate": 2}, "wanted")
        await harness.skips.by(2 * DAY)
        wanted = await harness.start(arn, {"expirydate": 2}, "wanted")
        assert await harness.start(arn, {"expirydate": 2}, "wanted") == wanted
        assert harness.now(other).stopped


@pytest.mark.parametrize(
    ("gap", "hours", "moves"),
    [
        (timedelta(0), 0, timedelta(0)),
        (HOUR, 1, HOUR),
        (-HOUR, 1, -HOUR),
        (PLAUSIBLE, 0, PLAUSIBLE),
        (-PLAUSIBLE, 0, -PLAUSIBLE),
        (PLAUSIBLE + HOUR, 0, timedelta(0)),
        (PLAUSIBLE + HOUR, 1, DAY),
        (-PLAUSIBLE - HOUR, 1, -DAY),
        (11 * DAY, 1_000, 11 * DAY),
    ],
)
def test_retention_follows_the_wall_clock_as_far_as_is_plausible(
    gap: timedelta, hours: int, moves: timedelta
) -> None:
    """Ten days are believed at once, and otherwise a day for each hour of running."""
    assert follow(NOW, NOW + gap, hours * HOUR) == moves
