"""What happens while time is skipped, and what is refused."""

import asyncio
import itertools
import time
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


async def until(condition: Any) -> None:  # noqa: ANN401 - any function without arguments
    """Let the loop turn until a condition holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - there is no event for every condition
            await asyncio.sleep(0)


async def test_a_wait_of_364_days_is_over_at_its_due_time_by_the_history(harness: SkippingHarness) -> None:
    """However far the skip goes beyond it."""
    execution = await harness.run(WAIT, {"expirydate": 364 * 24 * 3600})
    skipped = await harness.skips.by(YEAR)
    assert harness.exited_after(execution) == [364 * DAY]
    assert (skipped.now, skipped.ahead, skipped.fired) == (NOW + YEAR, YEAR, 1)


async def test_what_falls_due_on_the_way_goes_on_in_order_of_due_time(harness: SkippingHarness) -> None:
    """Whatever was started first, and each at its own time."""
    arn = await harness.create(WAIT_AND_CALL)
    for days in (3, 1, 2):
        harness.tasks.will_return("done")
        await harness.start(arn, {"expirydate": days * 24 * 3600})
    await harness.skips.by(7 * DAY)
    delays = [call.parameters["expirydate"] for call in harness.tasks.calls]  # type: ignore[index,call-overload]
    assert delays == [1 * 24 * 3600, 2 * 24 * 3600, 3 * 24 * 3600]


async def test_waits_that_begin_on_the_way_and_end_there_are_skipped_too(harness: SkippingHarness) -> None:
    """Three waits of a day, one after the other, are over after three days and not after four."""
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


async def test_branches_go_on_at_their_own_times(harness: SkippingHarness) -> None:
    """In order of due time, whichever branch of whichever state they are; an item that had no room, later."""
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


async def test_what_is_due_after_the_skip_goes_on_waiting(harness: SkippingHarness) -> None:
    """To the millisecond; then the clock goes on as the wall clock does."""
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


async def test_time_does_not_move_while_a_call_is_in_flight() -> None:
    """A task that is due a second later waits until the call has come back."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        arn = await harness.create(WAIT_AND_CALL)
        for seconds in (10, 11):
            tasks.will_return("done")
            await harness.start(arn, {"expirydate": seconds})
        skip = asyncio.create_task(harness.skips.by(DAY))
        await until(lambda: tasks.calls)
        assert harness.engine.clock.now() == NOW + 10 * SECOND
        assert len(tasks.calls) == 1
        tasks.may_answer.set()
        assert (await skip).fired == 2


class SlowTasks(ScriptedTasks):
    """Answers when a test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def run(self, call: Any, caller: Any) -> Any:  # noqa: ANN401 - as in the base
        """Answer a call, once it may."""
        outcome = await super().run(call, caller)
        await self.may_answer.wait()
        return outcome


async def test_an_execution_that_starts_during_a_skip_starts_at_the_time_skipped_to() -> None:
    """As when the function that is called schedules the next task; that falls due in the same skip."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        arn = await harness.create(WAIT_AND_CALL)
        next_arn = await harness.create(WAIT, "next")
        tasks.will_return("done")
        await harness.start(arn, {"expirydate": 24 * 3600})
        skip = asyncio.create_task(harness.skips.by(7 * DAY))
        await until(lambda: tasks.calls)
        execution = await harness.start(next_arn, {"expirydate": 24 * 3600})
        tasks.may_answer.set()
        await skip
        assert execution.started == NOW + DAY
        assert harness.exited_after(execution) == [2 * DAY]


async def test_the_time_that_calls_take_is_no_part_of_what_is_skipped() -> None:
    """The clock goes on from where it was skipped to; but it is never behind the wall clock for that."""
    tasks = SlowTasks()
    async with open_skipping_harness(tasks=tasks) as harness:
        tasks.will_return("done")
        await harness.run(WAIT_AND_CALL, {"expirydate": 10})
        skip = asyncio.create_task(harness.skips.by(20 * SECOND))
        await until(lambda: tasks.calls)
        harness.clock.advance(5 * SECOND)
        tasks.may_answer.set()
        assert (await skip).now == NOW + 20 * SECOND
        assert harness.engine.clock.now() == NOW + 20 * SECOND
        harness.clock.advance(SECOND)
        assert harness.engine.clock.now() == NOW + 21 * SECOND


async def test_a_year_over_is_the_end_of_an_execution(harness: SkippingHarness) -> None:
    """It ends TIMED_OUT on the way, as on AWS."""
    execution = await harness.run(WAIT, {"expirydate": 2 * 365 * 24 * 3600})
    await harness.skips.by(YEAR)
    assert (harness.now(execution).status, harness.now(execution).stopped) == (Status.TIMED_OUT, NOW + YEAR)


async def test_the_clock_can_be_skipped_to_the_next_due_time(harness: SkippingHarness) -> None:
    """And again to the one after that, and no further."""
    arn = await harness.create(WAIT)
    executions = [await harness.start(arn, {"expirydate": seconds}) for seconds in (11, 3600)]
    assert (await harness.skips.to_next()).now == NOW + 11 * SECOND
    assert [harness.now(each).status for each in executions] == [Status.SUCCEEDED, Status.RUNNING]
    assert (await harness.skips.to_next()).now == NOW + 3600 * SECOND
    with pytest.raises(SkipRefused, match="No execution is waiting"):
        await harness.skips.to_next()


async def test_the_clock_can_be_skipped_to_a_moment_of_any_time_zone(harness: SkippingHarness) -> None:
    """It stands there exactly."""
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
async def test_no_time_and_too_much_time_are_refused(
    harness: SkippingHarness, duration: timedelta, message: str
) -> None:
    """With what was given and what is allowed; the clock stays where it is."""
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
async def test_moments_that_cannot_be_skipped_to_are_refused(
    harness: SkippingHarness, moment: datetime, message: str
) -> None:
    """The clock stays where it is."""
    with pytest.raises(SkipRefused, match=message):
        await harness.skips.to(moment)
    assert harness.engine.clock.now() == NOW


async def test_the_clock_ends_before_the_calendar_does(harness: SkippingHarness) -> None:
    """So that what waits always has a due time."""
    harness.clock.moment = datetime(8999, 12, 1, tzinfo=UTC)
    with pytest.raises(SkipRefused, match="9000-01-01"):
        await harness.skips.by(60 * DAY)


async def test_of_two_skips_at_once_one_follows_the_other(harness: SkippingHarness) -> None:
    """Both count, and nothing goes on twice."""
    execution = await harness.run(WAIT, {"expirydate": 10 * 24 * 3600})
    first, second = await asyncio.gather(harness.skips.by(7 * DAY), harness.skips.by(7 * DAY))
    assert (first.now, second.now) == (NOW + 7 * DAY, NOW + 14 * DAY)
    assert (first.fired, second.fired) == (0, 1)
    assert harness.exited_after(execution) == [10 * DAY]


async def test_a_restart_does_not_go_back_in_time(tmp_path: Path) -> None:
    """What was skipped is on record with everything else."""
    async with open_skipping_harness(tmp_path) as harness:
        await harness.skips.by(7 * DAY)
    async with open_skipping_harness(tmp_path) as harness:
        assert harness.engine.clock.now() == NOW + 7 * DAY


async def test_a_skip_that_is_cut_short_leaves_the_clock_where_it_had_come_to(tmp_path: Path) -> None:
    """Here and after a restart: never behind what histories say."""
    async with open_skipping_harness(tmp_path) as harness:
        await harness.run(WAIT_AND_CALL, {"expirydate": 24 * 3600})
        skip = asyncio.create_task(harness.skips.by(7 * DAY))
        await until(lambda: harness.tasks.calls)
        skip.cancel()
        await asyncio.gather(skip, return_exceptions=True)
        assert harness.engine.clock.now() == NOW + DAY
    async with open_skipping_harness(tmp_path) as harness:
        assert harness.engine.clock.now() == NOW + DAY


async def test_a_year_is_skipped_over_thousands_of_due_times_in_moments(harness: SkippingHarness) -> None:
    """Only due times are stopped at, not every second between them."""
    arn = await harness.create(WAIT)
    count, seconds = 2000, 364 * 24 * 3600
    executions = [await harness.start(arn, {"expirydate": seconds * n // count}) for n in range(1, count + 1)]
    began = time.monotonic()
    assert (await harness.skips.by(364 * DAY)).fired == count
    assert time.monotonic() - began < 10
    assert {harness.now(each).status for each in executions} == {Status.SUCCEEDED}


class UnwritableJournal(ImmediateJournal):
    """A journal whose disk is full."""

    def require_writable(self) -> None:
        """Refuse, as the journal on a disk does once it has failed."""
        raise JournalUnwritable("No space left.")


async def test_no_time_is_skipped_while_the_journal_cannot_be_written() -> None:
    """Nothing fires that could not be put on record, and the clock stays where it is."""
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
def test_however_time_is_skipped_every_wait_is_over_at_its_due_time(
    delays: list[int], steps: list[int]
) -> None:
    """Neither early nor late nor twice, however many skips it takes."""
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
