"""Moves an engine's clock forward, and sees to what falls due on the way, in order of due time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stepfunctions_local.engine.clock import SkippableClock, rfc3339, to_milliseconds
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.records.change import ClockSkipped
from stepfunctions_local.engine.records.journal import Journal
from stepfunctions_local.errors import SkipRefused

LONGEST = timedelta(days=365)
"""At most so far at once: no execution waits longer."""

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""The clock goes no further, so that whatever waits a year from there still has a due time."""

_ALMOST_A_MILLISECOND = timedelta(microseconds=999)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Where a skip has led: the time now (UTC), how far ahead of the wall clock, how many went on."""

    now: datetime
    ahead: timedelta
    fired: int


class Skips:
    """Skips time, one skip after the other.

    The clock stands at each due time while what is due then goes on, calls and all; time that nobody waits
    for is not stepped through. A wait or a backoff that begins on the way and ends before the target counts
    as any other. Calls run in real time, and time does not move while one is in flight.
    """

    def __init__(self, engine: Engine, clock: SkippableClock, journal: Journal) -> None:
        self.clock = clock
        self._engine = engine
        self._journal = journal
        self._turn = asyncio.Lock()

    async def by(self, duration: timedelta) -> Skipped:
        """Skip so much time.

        Raises:
            SkipRefused: it is nothing, less than nothing, or more than a year.
            JournalUnwritable: it cannot be written down; the clock stays where it has come to.

        """
        _require_forward(duration)
        return await self._skip(lambda: self._at(self.clock.now() + duration))

    async def to(self, moment: datetime) -> Skipped:
        """Skip to a moment, which has a time zone.

        Raises:
            SkipRefused: it is not ahead, or more than a year ahead.
            JournalUnwritable: it cannot be written down; the clock stays where it has come to.

        """
        if moment.tzinfo is None:
            raise SkipRefused(f"{moment.isoformat()} has no time zone: UTC is Z, or datetime.UTC in Python.")
        return await self._skip(lambda: self._at(moment.astimezone(UTC)))

    async def to_next(self) -> Skipped:
        """Skip to the next due time, when the calls that are in flight now have come back.

        Raises:
            SkipRefused: no execution waits.
            JournalUnwritable: it cannot be written down; the clock stays where it has come to.

        """
        return await self._skip(self._next)

    async def _skip(self, find_target: Callable[[], Awaitable[datetime]]) -> Skipped:
        async with self._turn:
            self._journal.require_writable()
            before = self._engine.woken
            self.clock.stop_at(self.clock.now())
            try:
                await self._pass_to(await find_target())
                reached = self.clock.now()
            finally:
                self.clock.go_on()
                self._engine.look_again()
            await self._write_down()
            return Skipped(reached, self.clock.ahead, self._engine.woken - before)

    async def _at(self, moment: datetime) -> datetime:
        target, now = to_milliseconds(moment), self.clock.now()
        if target <= now:
            raise SkipRefused(f"{rfc3339(target)} is not ahead: the clock is at {rfc3339(now)} already.")
        _require_forward(target - now)
        if target > LATEST:
            raise SkipRefused(f"{rfc3339(target)} is too late: this clock ends at {rfc3339(LATEST)}.")
        return target

    async def _next(self) -> datetime:
        await self._settle()
        due = self._engine.next_due()
        if due is None:
            raise SkipRefused("Nothing waits here, so there is no next due time to skip to.")
        return _whole_milliseconds(due)

    async def _pass_to(self, target: datetime) -> None:
        await self._settle()
        while (due := self._engine.next_due()) is not None and due <= target:
            self.clock.stop_at(max(_whole_milliseconds(due), self.clock.now()))
            # Before what happens then: after a crash the clock must not be behind the histories.
            self._write_down()
            await self._settle()
        self.clock.stop_at(target)

    async def _settle(self) -> None:
        """See to what is due where the clock stands, until nothing is and no call is in flight."""
        woken = self._engine.wake_due()
        while woken or self._engine.is_calling:
            if not woken:
                await self._write_down()
                await self._engine.calls_returned()
            await asyncio.sleep(0)
            woken = self._engine.wake_due()

    def _write_down(self) -> asyncio.Future[None]:
        """Journal where the clock is. Once that is written, so is all before it, and its calls have begun."""
        return self._journal.submit(ClockSkipped(self.clock.ahead))


def _require_forward(duration: timedelta) -> None:
    if duration < timedelta(milliseconds=1):
        raise SkipRefused(f"Cannot skip {duration.total_seconds():g} s: a millisecond is the least.")
    if duration > LONGEST:
        raise SkipRefused(
            f"Cannot skip {duration.total_seconds():.0f} s at once: {LONGEST.total_seconds():.0f} s, "
            f"{LONGEST.days} days, is the most."
        )


def _whole_milliseconds(due: datetime) -> datetime:
    """Round up: a retry's jitter is finer than the times of the API."""
    return to_milliseconds(due + _ALMOST_A_MILLISECOND)
