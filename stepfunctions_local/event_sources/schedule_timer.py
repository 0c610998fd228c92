"""Calls a function at the times of a schedule."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from stepfunctions_local.account import Account
from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.event_sources.ports import Agenda, Invoke
from stepfunctions_local.event_sources.scheduled_event import build_event
from stepfunctions_local.template.event_sources import ScheduleSource
from stepfunctions_local.template.schedule_expression import Rate

_LONGEST_SLEEP_SECONDS: Final = 60.0
_PASSING_SECONDS: Final = 0.1

_LOG: Final = logging.getLogger(__name__)


class ScheduleTimer:
    """Runs until it is cancelled. No failure of one call ends it.

    A rate is due at once at the start. Times that have been passed over, as by a skip, are due once together.
    One call follows the other: a time that comes meanwhile is late.
    With an agenda, the function is called if it has something to do, and a skip stops there.
    """

    def __init__(
        self,
        source: ScheduleSource,
        invoke: Invoke,
        clock: Clock,
        account: Account,
        *,
        agenda: Agenda | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self._invoke = invoke
        self._clock = clock
        self._account = account
        self._agenda = agenda
        self._sleep = sleep
        self._lock = asyncio.Lock()
        now = clock.now()
        self._due = now if isinstance(source.expression, Rate) else source.expression.find_next(now)
        self._called: datetime | None = None

    async def run(self) -> None:
        """Call the function whenever it is due, until it never is again."""
        while self._due is not None:
            await self.catch_up()
            await self._sleep(self._find_pause(self._due))

    @property
    def is_calling(self) -> bool:
        """Whether a call is in flight, or about to be."""
        return self._lock.locked()

    async def catch_up(self) -> None:
        """Call the function if it is due, and return when it has answered."""
        async with self._lock:
            now = self._clock.now()
            if self._due is None or self._due > now:
                return
            due, self._due = self._due, self._find_next(self._due, now)
            if self._called and self._agenda and not await self._has_to_do(now):
                await self._agenda.pass_over()
            else:
                await self._call(due)

    async def begin(self) -> None:
        """Return once the first call has done what others wait for."""
        if self._agenda and not await self._agenda.is_ready():
            await self.catch_up()

    async def next_stop(self) -> datetime | None:
        """Return the next time (UTC) at which the function has something to do, as far as its agenda says."""
        due = await self._agenda.next_due() if self._agenda else None
        # A call at that time was in vain, and a next one would be as well.
        return None if due is None or (self._called and due <= self._called) else due

    async def stop_over(self) -> None:
        """Call the function if it has something to do now, whether or not its schedule is due."""
        async with self._lock:
            now = self._clock.now()
            if await self._has_to_do(now):
                await self._call(now)

    async def _has_to_do(self, now: datetime) -> bool:
        stop = await self.next_stop()
        return stop is not None and stop <= now

    def _find_next(self, due: datetime, now: datetime) -> datetime | None:
        following = self.source.expression.find_next(due)
        return self.source.expression.find_next(now) if following and following <= now else following

    def _find_pause(self, due: datetime | None) -> float:
        seconds = (due - self._clock.now()).total_seconds() if due else 0.0
        return min(max(seconds, 0.0), _LONGEST_SLEEP_SECONDS)

    async def _call(self, due: datetime) -> None:
        source = self.source
        self._called = self._clock.now()
        try:
            async with self._passing_over():
                await self._invoke(source.function, build_event(source, self._account, due))
        except Exception as error:  # noqa: BLE001 - there is a next time
            _LOG.warning("%s: %s was not called: %s", source.name, source.function, error)

    @asynccontextmanager
    async def _passing_over(self) -> AsyncIterator[None]:
        """Have the function pass over what it need not look at, now and while it runs."""
        if self._agenda is None:
            yield
            return
        await self._agenda.pass_over()
        passing = asyncio.create_task(self._pass_over(self._agenda))
        try:
            yield
        finally:
            await end_tasks([passing])

    async def _pass_over(self, agenda: Agenda) -> None:
        while True:
            await self._sleep(_PASSING_SECONDS)
            await agenda.pass_over()
