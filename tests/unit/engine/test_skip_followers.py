"""Queues and schedules go by a skipped clock, as executions do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import SkipRefused
from tests.unit.engine.harness import NOW
from tests.unit.engine.skipping import open_skipping_harness

MINUTE = timedelta(minutes=1)


@dataclass
class FakeFollower:
    """Has due times and others to stop at, and keeps when it was called."""

    skips: Skips
    due: list[datetime] = field(default_factory=list)
    preparations: list[datetime] = field(default_factory=list)
    stops: list[datetime] = field(default_factory=list)
    catches: list[datetime] = field(default_factory=list)

    @property
    def fired(self) -> int:
        """Each stop is one."""
        return len(self.stops)

    async def next_due(self) -> datetime | None:
        """Return the first due time that has not been stopped at."""
        return self.due[0] if self.due else None

    async def next_stop(self) -> datetime | None:
        """Return the first time of both kinds."""
        return min([*self.due, *self.preparations], default=None)

    async def stop_over(self) -> None:
        """Keep the time, which the clock stands still at."""
        now = self.skips.clock.now()
        self.stops.append(now)
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
