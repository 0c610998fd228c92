"""Skips of the clock, and their refusals."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.records.journal import ImmediateJournal
from stepfunctions_local.engine.records.schema import connect
from stepfunctions_local.engine.records.writer import Writer
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import SkipRefused
from stepfunctions_local.language import Failure
from tests.unit.engine.harness import NOW, ScriptedTasks
from tests.unit.engine.skipping import SkippingHarness, open_skipping_harness

SECOND, DAY, YEAR = timedelta(seconds=1), timedelta(days=1), timedelta(days=365)

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}

CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "BackoffRate": 2, "MaxAttempts": 2}],
    "End": True,
}
WAIT_AND_CALL = {"Wait": {**WAIT["Wait"], "End": False, "Next": "Call"}, "Call": CALL}
WAIT_AND_CALL["Wait"].pop("End")


@pytest.fixture
async def harness() -> AsyncIterator[SkippingHarness]:
    async with open_skipping_harness() as harness:
        yield harness


async def wait_until(condition: Any) -> None:
    """Run the event loop until a condition holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - there is no event for every condition
            await asyncio.sleep(0)


async def test_skipped_wait_of_364_days_ends_at_its_due_time(harness: SkippingHarness) -> None:
    """The history has this time, however far the skip goes beyond it."""
    execution = await harness.run(WAIT, {"expirydate": 364 * 24 * 3600})
    skipped = await harness.skips.by(YEAR)
    assert harness.exited_after(execution) == [364 * DAY]
    assert (skipped.now, skipped.ahead, skipped.fired) == (NOW + YEAR, YEAR, 1)


async def test_executions_due_during_a_skip_continue_in_order_of_due_time(harness: SkippingHarness) -> None:
    """Each continues at its own time, regardless of the order of their starts."""
    arn = await harness.create(WAIT_AND_CALL)
    for days in (3, 1, 2):
        harness.tasks.will_return("done")
        await harness.start(arn, {"expirydate": days * 24 * 3600})
    await harness.skips.by(7 * DAY)
    delays = [call.parameters["expirydate"] for call in harness.tasks.calls]  # type: ignore[index,call-overload]
    assert delays == [1 * 24 * 3600, 2 * 24 * 3600, 3 * 24 * 3600]


async def test_waits_that_begin_during_a_skip_are_skipped(harness: SkippingHarness) -> None:
    """Three successive waits of a day are over after three days."""
    states = {
        "A": {"Type": "Wait", "Seconds": 24 * 3600, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 24 * 3600, "Next": "C"},
        "C": {"Type": "Wait", "Seconds": 24 * 3600, "End": True},
    }
    execution = await harness.run(states)
    await harness.skips.by(2.5 * DAY)
    assert harness.exited_after(execution) == [DAY, 2 * DAY]
    await harness.skips.by(DAY)
    assert harness.exited_after(execution) == [DAY, 2 * DAY, 3 * DAY]


async def test_skipped_branches_continue_at_their_own_due_times(harness: SkippingHarness) -> None:
    """The order of due times holds across branches; an item beyond the concurrency begins later."""
    days = {"Type": "Wait", "SecondsPath": "$", "End": True}
    states = {
        "Work": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3 * 24 * 3600, "End": True}}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "MaxConcurrency": 2,
                            "ItemProcessor": {"StartAt": "B", "States": {"B": days}},
                            "End": True,
                        }
                    },
                },
            ],
            "End": True,
        }
    }
    execution = await harness.run(states, [day * 24 * 3600 for day in (4, 1, 1)])
    skipped = await harness.skips.by(YEAR)
    assert harness.exited_after(execution) == [DAY, 2 * DAY, 3 * DAY, 4 * DAY]
    assert harness.now(execution).stopped == NOW + 4 * DAY
    assert skipped.fired == 4


async def test_execution_due_after_a_skip_keeps_waiting(harness: SkippingHarness) -> None:
    """It is exact to the millisecond; after the skip the clock follows the wall clock."""
    execution = await harness.run(WAIT, {"expirydate": 3600})
    await harness.skips.by(timedelta(hours=1) - timedelta(milliseconds=1))
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_backoffs_of_retries_are_skipped_like_waits(harness: SkippingHarness) -> None:
    """The second attempt is a minute after the first, the third two minutes after the second."""
    harness.tasks.outcomes = [Failure("Busy"), Failure("Busy")]
    harness.tasks.will_return("done")
    execution = await harness.run(WAIT_AND_CALL, {"expirydate": 60})
    await harness.skips.by(timedelta(hours=1))
    assert harness.now(execution).output == '"done"'
    assert harness.now(execution).stopped == NOW + timedelta(minutes=4)


async def test_skip_pauses_while_a_call_is_in_flight() -> None:
    """A task due one second later waits until the call returns."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        arn = await harness.create(WAIT_AND_CALL)
        for seconds in (10, 11):
            tasks.will_return("done")
            await harness.start(arn, {"expirydate": seconds})
        skip = asyncio.create_task(harness.skips.by(DAY))
        await wait_until(lambda: tasks.calls)
        assert harness.engine.clock.now() == NOW + 10 * SECOND
        assert len(tasks.calls) == 1
        tasks.may_return.set()
        assert (await skip).fired == 2


class SlowTasks(ScriptedTasks):
    """Returns outcomes when the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.may_return = asyncio.Event()

    async def run(self, call: Any, caller: Any) -> Any:
        """Return the outcome of a call, once it may."""
        outcome = await super().run(call, caller)
        await self.may_return.wait()
        return outcome


async def test_execution_started_during_a_skip_starts_at_the_skipped_time() -> None:
    """A called function may schedule the next task, which falls due in the same skip."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        arn = await harness.create(WAIT_AND_CALL)
        next_arn = await harness.create(WAIT, "next")
        tasks.will_return("done")
        await harness.start(arn, {"expirydate": 24 * 3600})
        skip = asyncio.create_task(harness.skips.by(7 * DAY))
        await wait_until(lambda: tasks.calls)
        execution = await harness.start(next_arn, {"expirydate": 24 * 3600})
        tasks.may_return.set()
        await skip
        assert execution.started == NOW + DAY
        assert harness.exited_after(execution) == [2 * DAY]


async def test_duration_of_calls_is_not_part_of_a_skip() -> None:
    """The clock continues from the target of the skip, but never behind the wall clock."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        tasks.will_return("done")
        await harness.run(WAIT_AND_CALL, {"expirydate": 10})
        skip = asyncio.create_task(harness.skips.by(20 * SECOND))
        await wait_until(lambda: tasks.calls)
        harness.clock.advance(5 * SECOND)
        tasks.may_return.set()
        assert (await skip).now == NOW + 20 * SECOND
        assert harness.engine.clock.now() == NOW + 20 * SECOND
        harness.clock.advance(SECOND)
        assert harness.engine.clock.now() == NOW + 21 * SECOND


async def test_execution_times_out_in_a_skip_over_its_year(harness: SkippingHarness) -> None:
    """It ends TIMED_OUT during the skip, as on AWS."""
    execution = await harness.run(WAIT, {"expirydate": 2 * 365 * 24 * 3600})
    await harness.skips.by(YEAR)
    assert (harness.now(execution).status, harness.now(execution).stopped) == (Status.TIMED_OUT, NOW + YEAR)


async def test_clock_skips_to_the_next_due_time(harness: SkippingHarness) -> None:
    """Without a waiting execution the skip is refused."""
    arn = await harness.create(WAIT)
    executions = [await harness.start(arn, {"expirydate": seconds}) for seconds in (11, 3600)]
    assert (await harness.skips.to_next()).now == NOW + 11 * SECOND
    assert [harness.now(each).status for each in executions] == [Status.SUCCEEDED, Status.RUNNING]
    assert (await harness.skips.to_next()).now == NOW + 3600 * SECOND
    with pytest.raises(SkipRefused, match="No execution is waiting"):
        await harness.skips.to_next()


async def test_clock_skips_to_a_time_of_any_time_zone(harness: SkippingHarness) -> None:
    """It shows exactly this time."""
    there = (NOW + DAY).astimezone(tz=datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    await harness.skips.to(there)
    assert harness.engine.clock.now() == NOW + DAY


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        (timedelta(), "Cannot skip 0 s"),
        (-SECOND, "Cannot skip -1 s"),
        (timedelta(microseconds=999), "the least is a millisecond"),
        (YEAR + SECOND, "Cannot skip 31536001 s at once: 31536000 s, 365 days, is the most."),
    ],
)
async def test_duration_of_a_skip_is_limited(
    harness: SkippingHarness, duration: timedelta, message: str
) -> None:
    """The error has the duration and the limit; the clock is not moved."""
    with pytest.raises(SkipRefused, match=message):
        await harness.skips.by(duration)
    assert harness.engine.clock.now() == NOW


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        (NOW, "is not ahead"),
        (NOW - DAY, "is not ahead"),
        (NOW + YEAR + DAY, "is the most"),
        ((NOW + DAY).replace(tzinfo=None), "has no time zone"),
    ],
)
async def test_invalid_target_of_a_skip_is_refused(
    harness: SkippingHarness, moment: datetime, message: str
) -> None:
    """The clock is not moved."""
    with pytest.raises(SkipRefused, match=message):
        await harness.skips.to(moment)
    assert harness.engine.clock.now() == NOW


async def test_skip_beyond_the_last_year_is_refused(harness: SkippingHarness) -> None:
    """Thus every waiting execution can have a due time."""
    harness.clock.moment = datetime(8999, 12, 1, tzinfo=UTC)
    with pytest.raises(SkipRefused, match="9000-01-01"):
        await harness.skips.by(60 * DAY)


async def test_simultaneous_skips_run_one_after_the_other(harness: SkippingHarness) -> None:
    """Both count, and nothing continues twice."""
    execution = await harness.run(WAIT, {"expirydate": 10 * 24 * 3600})
    first, second = await asyncio.gather(harness.skips.by(7 * DAY), harness.skips.by(7 * DAY))
    assert (first.now, second.now) == (NOW + 7 * DAY, NOW + 14 * DAY)
    assert (first.fired, second.fired) == (0, 1)
    assert harness.exited_after(execution) == [10 * DAY]


async def test_skipped_time_survives_a_restart(tmp_path: Path) -> None:
    """It is on record with everything else."""
    async with open_skipping_harness(tmp_path) as harness:
        await harness.skips.by(7 * DAY)
    async with open_skipping_harness(tmp_path) as harness:
        assert harness.engine.clock.now() == NOW + 7 * DAY


async def test_cancelled_skip_keeps_the_time_it_reached(tmp_path: Path) -> None:
    """The clock is never behind the histories, even after a restart."""
    async with open_skipping_harness(tmp_path) as harness:
        await harness.run(WAIT_AND_CALL, {"expirydate": 24 * 3600})
        skip = asyncio.create_task(harness.skips.by(7 * DAY))
        await wait_until(lambda: harness.tasks.calls)
        skip.cancel()
        await asyncio.gather(skip, return_exceptions=True)
        assert harness.engine.clock.now() == NOW + DAY
    async with open_skipping_harness(tmp_path) as harness:
        assert harness.engine.clock.now() == NOW + DAY


async def test_year_with_thousands_of_due_times_is_skipped_at_once(harness: SkippingHarness) -> None:
    """The skip stops at due times alone."""
    arn = await harness.create(WAIT)
    count, seconds = 2000, 364 * 24 * 3600
    executions = [await harness.start(arn, {"expirydate": seconds * n // count}) for n in range(1, count + 1)]
    assert (await harness.skips.by(364 * DAY)).fired == count
    assert {harness.now(each).status for each in executions} == {Status.SUCCEEDED}


class UnwritableJournal(ImmediateJournal):
    """A journal on a full disk."""

    def require_writable(self) -> None:
        """Raise, as a journal on disk does after a failure."""
        raise JournalUnwritable("No space left.")


async def test_skip_is_refused_while_the_journal_is_unwritable() -> None:
    """No execution continues without a record, and the clock is not moved."""
    async with open_skipping_harness() as harness:
        execution = await harness.run(WAIT, {"expirydate": 60})
        journal = UnwritableJournal(Writer(connect(None)))
        skips = Skips(harness.engine, harness.skips.clock, journal)
        with pytest.raises(JournalUnwritable):
            await skips.by(DAY)
        await journal.close()
        assert harness.engine.clock.now() == NOW
        assert harness.now(execution).status is Status.RUNNING


@given(
    st.lists(st.integers(0, 1000), max_size=8),
    st.lists(st.integers(1, 400), min_size=1, max_size=5),
)
@settings(deadline=None)
def test_every_wait_ends_at_its_due_time_in_any_skips(delays: list[int], steps: list[int]) -> None:
    """It ends neither early nor late, and once."""
    asyncio.run(_skip_in_steps(delays, steps))


async def _skip_in_steps(delays: list[int], steps: list[int]) -> None:
    async with open_skipping_harness() as harness:
        arn = await harness.create(WAIT)
        executions = {await harness.start(arn, {"expirydate": delay}): delay for delay in delays}
        for passed in itertools.accumulate(steps):
            await harness.skips.to(NOW + passed * SECOND)
            for execution, delay in executions.items():
                expected = [delay * SECOND] if delay <= passed else []
                assert harness.exited_after(execution) == expected
