"""What goes by a skipped clock besides executions: queues and schedules."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stepfunctions_local.engine.skip import Skips
from tests.unit.engine.harness import NOW
from tests.unit.engine.skipping import open_skipping_harness

MINUTE = timedelta(minutes=1)


@dataclass
class FakeFollower:
    """Has times to stop at, and keeps when it was called."""

    skips: Skips
    due: list[datetime] = field(default_factory=list)
    stops: list[datetime] = field(default_factory=list)
    catches: list[datetime] = field(default_factory=list)

    async def next_due(self) -> datetime | None:
        """Return the first time that has not been stopped at."""
        return self.due[0] if self.due else None

    async def stop_over(self) -> None:
        """Keep the time, which the clock stands still at."""
        self.stops.append(self.skips.clock.now())
        self.due.pop(0)

    async def catch_up(self) -> None:
        """Keep the time."""
        self.catches.append(self.skips.clock.now())


async def test_skip_stops_at_the_times_of_a_follower() -> None:
    """It catches up before the skip, and at its end; later times are left."""
    async with open_skipping_harness() as harness:
        follower = FakeFollower(harness.skips, [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 9 * MINUTE])
        harness.skips.followers.append(follower)
        await harness.skips.by(5 * MINUTE)
        assert follower.stops == [NOW + MINUTE, NOW + 2 * MINUTE]
        assert follower.catches == [NOW, NOW + 5 * MINUTE]
        assert follower.due == [NOW + 9 * MINUTE]


async def test_skip_to_the_next_due_time_finds_that_of_a_follower() -> None:
    """Though no execution waits."""
    async with open_skipping_harness() as harness:
        harness.skips.followers.append(FakeFollower(harness.skips, [NOW + MINUTE]))
        assert (await harness.skips.to_next()).now == NOW + MINUTE


async def test_moves_of_the_clock_are_watched() -> None:
    """Each stop and the end of a skip, for the clocks that follow this one."""
    async with open_skipping_harness() as harness:
        clock, seen = harness.skips.clock, list[datetime]()
        clock.watch(lambda: seen.append(clock.now()))
        await harness.skips.by(MINUTE)
        assert seen == [NOW, NOW + MINUTE, NOW + MINUTE]
