"""Queues and schedules go by a skipped clock, as executions do."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import SkipRefused
from tests.unit.engine.harness import NOW
from tests.unit.engine.skipping import SkippingHarness, open_skipping_harness

MINUTE = timedelta(minutes=1)
WAIT = {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}
CALL = {"Call": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}}


async def do_nothing() -> None:
    """Do nothing."""


@dataclass
class FakeFollower:
    """Has due times and others to stop at, and keeps when it was called.

    `when_asked` happens while it is asked for a time, `when_stopped` while it stops over.
    """

    skips: Skips
    due: list[datetime] = field(default_factory=list)
    preparations: list[datetime] = field(default_factory=list)
    stops: list[datetime] = field(default_factory=list)
    catches: list[datetime] = field(default_factory=list)
    is_calling: bool = False
    when_asked: Callable[[], Awaitable[object]] = do_nothing
    when_stopped: Callable[[], Awaitable[object]] = do_nothing

    @property
    def fired(self) -> int:
        """Each stop is one."""
        return len(self.stops)

    async def next_due(self) -> datetime | None:
        """Return the first due time that has not been stopped at."""
        return self.due[0] if self.due else None

    async def next_stop(self) -> datetime | None:
        """Return the first time of both kinds."""
        await self.when_asked()
        return min([*self.due, *self.preparations], default=None)

    async def stop_over(self) -> None:
        """Keep the time, which the clock stands still at."""
        now = self.skips.clock.now()
        self.stops.append(now)
        await self.when_stopped()
        self.due = [due for due in self.due if due > now]
        self.preparations = [time for time in self.preparations if time > now]

    async def catch_up(self) -> None:
        """Keep the time."""
        self.catches.append(self.skips.clock.now())


async def test_skip_stops_at_the_times_of_a_follower() -> None:
    """It catches up before the skip, and at its end; later times are left."""
    async with open_skipping_harness() as harness:
        follower = FakeFollower(harness.skips, [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 9 * MINUTE])
        harness.skips.followers.append(follower)
        assert (await harness.skips.by(5 * MINUTE)).fired == 2
        assert follower.stops == [NOW + MINUTE, NOW + 2 * MINUTE]
        assert follower.catches == [NOW, NOW + 5 * MINUTE]
        assert follower.due == [NOW + 9 * MINUTE]


async def test_skip_to_the_next_due_time_finds_that_of_a_follower() -> None:
    """Though no execution waits."""
    async with open_skipping_harness() as harness:
        harness.skips.followers.append(FakeFollower(harness.skips, [NOW + MINUTE]))
        assert (await harness.skips.to_next()).now == NOW + MINUTE


async def test_skip_to_the_next_due_time_stops_at_the_times_that_prepare_it() -> None:
    """They are no due times themselves: one alone is nothing to skip to."""
    async with open_skipping_harness() as harness:
        follower = FakeFollower(harness.skips, [NOW + 11 * MINUTE], [NOW + MINUTE])
        harness.skips.followers.append(follower)
        assert (await harness.skips.to_next()).now == NOW + 11 * MINUTE
        assert follower.stops == [NOW + MINUTE, NOW + 11 * MINUTE]
        follower.preparations.append(NOW + 12 * MINUTE)
        with pytest.raises(SkipRefused, match="No execution is waiting"):
            await harness.skips.to_next()


async def test_moves_of_the_clock_are_watched() -> None:
    """Each stop and the end of a skip, for the clocks that follow this one."""
    async with open_skipping_harness() as harness:
        clock, seen = harness.skips.clock, list[datetime]()
        clock.watch(lambda: seen.append(clock.now()))
        await harness.skips.by(MINUTE)
        assert seen == [NOW, NOW + MINUTE, NOW + MINUTE]


def start_once(harness: SkippingHarness, arn: str) -> Callable[[], Awaitable[object]]:
    """Return a function whose first call starts an execution."""
    starts = [harness.start(arn, name="begun meanwhile")]

    async def start() -> None:
        for begun in starts[:]:
            starts.clear()
            await begun

    return start


def read_times(harness: SkippingHarness, kind: str) -> list[timedelta]:
    """Return the time from `NOW` to each event of a kind in the history of the execution."""
    (execution,) = (
        harness.engine.find(f"{arn.replace(':stateMachine:', ':execution:')}:begun meanwhile")
        for arn in map(harness.engine.catalog.arn, harness.engine.catalog.all())
    )
    events = (event for event in harness.history(execution) if event["type"] == kind)
    return [datetime.fromtimestamp(event["timestamp"], NOW.tzinfo) - NOW for event in events]


async def test_execution_that_begins_while_a_follower_is_asked_wakes_at_its_own_time() -> None:
    """The time that the follower names is later."""
    async with open_skipping_harness() as harness:
        when_asked = start_once(harness, await harness.create(WAIT))
        harness.skips.followers.append(FakeFollower(harness.skips, [NOW + MINUTE], when_asked=when_asked))
        await harness.skips.by(5 * MINUTE)
        assert read_times(harness, "WaitStateExited") == [MINUTE / 2]


async def test_clock_stands_still_for_a_call_that_begins_while_a_follower_is_asked() -> None:
    """The call ends at the time at which it has begun."""
    async with open_skipping_harness() as harness:
        harness.tasks.will_return("done")
        when_asked = start_once(harness, await harness.create(CALL))
        harness.skips.followers.append(FakeFollower(harness.skips, when_asked=when_asked))
        await harness.skips.by(5 * MINUTE)
        assert read_times(harness, "LambdaFunctionSucceeded") == [timedelta()]


async def test_clock_stands_still_for_a_call_of_a_follower() -> None:
    """A poller may have received a message since it caught up."""
    async with open_skipping_harness() as harness:
        follower = FakeFollower(harness.skips, [NOW + MINUTE])

        async def begin_call() -> None:
            follower.is_calling = not follower.stops

        async def end_call() -> None:
            follower.is_calling = False

        follower.when_asked, follower.when_stopped = begin_call, end_call
        harness.skips.followers.append(follower)
        await harness.skips.by(5 * MINUTE)
        assert follower.stops == [NOW, NOW + MINUTE]


async def test_follower_runs_again_after_executions_that_it_has_started() -> None:
    """They may have sent messages to its queues."""
    async with open_skipping_harness() as harness:
        harness.tasks.will_return("done")
        follower = FakeFollower(harness.skips, [NOW + MINUTE])
        follower.when_stopped = start_once(harness, await harness.create(CALL))
        harness.skips.followers.append(follower)
        await harness.skips.by(5 * MINUTE)
        assert follower.stops == [NOW + MINUTE] * 2


async def test_skip_ends_though_a_follower_calls_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function may send messages to its own queue."""
    async with open_skipping_harness() as harness:
        monkeypatch.setattr(harness.skips, "_monotonic", itertools.count(step=10).__next__)
        harness.skips.followers.append(FakeFollower(harness.skips, [NOW + MINUTE], is_calling=True))
        assert (await harness.skips.by(5 * MINUTE)).now == NOW + 5 * MINUTE
