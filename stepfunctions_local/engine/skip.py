"""Skips time: moves an engine's clock forward, and wakes the executions due on the way, in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from stepfunctions_local.engine.clock import SkippableClock, rfc3339, truncate_to_milliseconds
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.execution import MAX_LIFE
from stepfunctions_local.engine.records.change import ClockSkipped
from stepfunctions_local.engine.records.journal import Journal
from stepfunctions_local.errors import SkipRefused

LONGEST = MAX_LIFE
"""The longest skip: no execution waits longer."""

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""The end of the clock: a wait of a year from there can still be represented."""

CATCHING_UP_SECONDS: Final = 60.0
"""How long the clock waits at one time for executions and functions that never come to an end."""

_ALMOST_A_MILLISECOND = timedelta(microseconds=999)


@dataclass(frozen=True, slots=True)
class Skipped:
    """The result of a skip.

    `now`: the time reached (UTC).
    `ahead`: how far the clock is ahead of the wall clock, by all skips together.
    `fired`: how often an execution went on because it was due, or a function took a message.
    """

    now: datetime
    ahead: timedelta
    fired: int


class Follower(Protocol):
    """A part of the endpoint, besides executions, that goes by the clock."""

    @property
    def fired(self) -> int:
        """How many things have happened so far because they were due."""
        ...

    @property
    def is_calling(self) -> bool:
        """Whether a call of it is in flight."""
        ...

    async def next_due(self) -> datetime | None:
        """Return the next time (UTC) at which something is due; None if there is none."""
        ...

    async def next_stop(self) -> datetime | None:
        """Return the next time (UTC) that a skip has to stop at: that one, or one to prepare it."""
        ...

    async def stop_over(self) -> None:
        """Do what is due at such a time, and return when it is done."""
        ...

    async def catch_up(self) -> None:
        """Do all that is due at the beginning or the end of a skip, and return when it is done."""
        ...


class Skips:
    """Skips time, one skip after the other.

    The clock stops at each due time until the executions due then have gone on and their calls have returned.
    The time in between is passed over at once. Waits and backoffs that begin on the way are observed as well.
    Calls run in real time, and the clock does not move while one is in flight.
    `followers` catch up once the target is reached, and name further times to stop at on the way.
    """

    def __init__(
        self,
        engine: Engine,
        clock: SkippableClock,
        journal: Journal,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._engine = engine
        self._journal = journal
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self.followers: list[Follower] = []

    async def by(self, duration: timedelta) -> Skipped:
        """Skip a duration.

        Raises:
            SkipRefused: it is less than a millisecond, or more than LONGEST.
            JournalUnwritable: the disk refuses it. The clock stays at the time it has reached.

        """
        _require_forward(duration)
        return await self._skip(lambda: self._check_target(self.clock.now() + duration))

    async def to(self, moment: datetime) -> Skipped:
        """Skip to a moment.

        Raises:
            SkipRefused: it has no time zone, is not ahead, or is more than LONGEST ahead.
            JournalUnwritable: the disk refuses it. The clock stays at the time it has reached.

        """
        if moment.tzinfo is None:
            raise SkipRefused(f"{moment.isoformat()} has no time zone: UTC is Z, or datetime.UTC in Python.")
        return await self._skip(lambda: self._check_target(moment.astimezone(UTC)))

    async def to_next(self) -> Skipped:
        """Skip to the next due time. It is looked up once the calls in flight have returned.

        Raises:
            SkipRefused: no execution waits, and nothing else is due.
            JournalUnwritable: the disk refuses it. The clock stays at the time it has reached.

        """
        return await self._skip(self._find_next_due)

    async def _skip(self, find_target: Callable[[], Awaitable[datetime]]) -> Skipped:
        async with self._lock:
            self._journal.require_writable()
            before = self._fired
            self.clock.stop_at(self.clock.now())
            try:
                await self._advance_to(await find_target())
                reached = self.clock.now()
            finally:
                self.clock.resume()
                self._engine.look_again()
            await self._record_clock()
            return Skipped(reached, self.clock.ahead, self._fired - before)

    @property
    def _fired(self) -> int:
        return self._engine.woken + sum(follower.fired for follower in self.followers)

    async def _check_target(self, moment: datetime) -> datetime:
        target, now = truncate_to_milliseconds(moment), self.clock.now()
        if target <= now:
            raise SkipRefused(f"{rfc3339(target)} is not ahead: the clock is already at {rfc3339(now)}.")
        _require_forward(target - now)
        if target > LATEST:
            raise SkipRefused(f"{rfc3339(target)} is too late: this clock ends at {rfc3339(LATEST)}.")
        return target

    async def _find_next_due(self) -> datetime:
        """Return the next due time. The clock has stopped at all times that prepare it."""
        await self._catch_up()
        while (stop := await self._find_stop()) is not None and stop <= LATEST:
            due = await self._next_due()
            if due is not None and due <= stop:
                return _round_up(due)
            await self._stop_over(stop)
        raise SkipRefused("No execution is waiting, so there is no next due time to skip to.")

    async def _advance_to(self, target: datetime) -> None:
        await self._catch_up()
        while (stop := await self._find_stop()) is not None and stop <= target:
            await self._stop_over(stop)
        self.clock.stop_at(target)
        await self._run_followers(lambda follower: follower.catch_up())

    async def _stop_over(self, stop: datetime) -> None:
        self.clock.stop_at(max(_round_up(stop), self.clock.now()))
        # The clock is written first: after a crash it must not be behind the histories.
        self._record_clock()
        await self._run_due()
        await self._run_followers(lambda follower: follower.stop_over())

    async def _catch_up(self) -> None:
        """Do what is due before time is skipped, and wait for what is in flight."""
        await self._run_due()
        await self._run_followers(lambda follower: follower.catch_up())

    async def _next_due(self) -> datetime | None:
        # The engine comes last: executions may begin while the followers are asked.
        return _find_first([*[await each.next_due() for each in self.followers], self._engine.next_due()])

    async def _next_stop(self) -> datetime | None:
        return _find_first([*[await each.next_stop() for each in self.followers], self._engine.next_due()])

    async def _find_stop(self) -> datetime | None:
        """Return the next time to stop at. Calls that begin while the followers are asked end first."""
        until = self._monotonic() + CATCHING_UP_SECONDS
        stop = await self._next_stop()
        while (await self._run_due() or self._are_followers_calling) and self._monotonic() < until:
            await self._run_followers(lambda follower: follower.stop_over())
            stop = await self._next_stop()
        return stop

    @property
    def _are_followers_calling(self) -> bool:
        return any(follower.is_calling for follower in self.followers)

    async def _run_followers(self, run: Callable[[Follower], Awaitable[None]]) -> None:
        """Run the followers, and again if executions have gone on since: these may have sent messages."""
        until = self._monotonic() + CATCHING_UP_SECONDS
        for follower in self.followers:
            await run(follower)
            while await self._run_due() and self._monotonic() < until:
                await run(follower)

    async def _run_due(self) -> bool:
        """Wake due executions until none is due, none is held back, and no call is in flight.

        Return whether any has gone on.
        """
        woken = self._engine.wake_due()
        has_gone_on = False
        while woken or self._engine.is_calling or self._engine.is_held_back:
            has_gone_on = True
            if not woken:
                await self._record_clock()
                await self._engine.wait_for_calls()
            await asyncio.sleep(0)
            woken = self._engine.wake_due()
        return has_gone_on

    def _record_clock(self) -> asyncio.Future[None]:
        """Write the clock. Once it is on disk, so are all earlier turns, and their calls have gone out."""
        return self._journal.submit(ClockSkipped(self.clock.ahead))


def _require_forward(duration: timedelta) -> None:
    if duration < timedelta(milliseconds=1):
        raise SkipRefused(f"Cannot skip {duration.total_seconds():g} s: the least is a millisecond.")
    if duration > LONGEST:
        raise SkipRefused(
            f"Cannot skip {duration.total_seconds():.0f} s at once: {LONGEST.total_seconds():.0f} s, "
            f"{LONGEST.days} days, is the most."
        )


def _find_first(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _round_up(due: datetime) -> datetime:
    """Round up to milliseconds, since the jitter of a retry is finer than that."""
    return truncate_to_milliseconds(due + _ALMOST_A_MILLISECOND)
