"""Calls a function at the times of a schedule."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.event_sources.ports import Invoke
from stepfunctions_local.event_sources.scheduled_event import build_event
from stepfunctions_local.template.event_sources import ScheduleSource
from stepfunctions_local.template.schedule_expression import Rate

_LONGEST_SLEEP_SECONDS: Final = 60.0

_LOG: Final = logging.getLogger(__name__)


class ScheduleTimer:
    """Runs until it is cancelled. No failure of one call ends it.

    A rate is due at once at the start. Times that have been passed over, as by a skip, are due once together.
    One call follows the other: a time that comes meanwhile is late.
    """

    def __init__(
        self,
        source: ScheduleSource,
        invoke: Invoke,
        clock: Clock,
        account: Account,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self._invoke = invoke
        self._clock = clock
        self._account = account
        self._sleep = sleep
        self._lock = asyncio.Lock()
        now = clock.now()
        self._due = now if isinstance(source.expression, Rate) else source.expression.find_next(now)

    async def run(self) -> None:
        """Call the function whenever it is due, until it never is again."""
        while self._due is not None:
            await self.catch_up()
            await self._sleep(self._find_pause(self._due))

    async def catch_up(self) -> None:
        """Call the function if it is due, and return when it has answered."""
        async with self._lock:
            now = self._clock.now()
            if self._due is None or self._due > now:
                return
            due, self._due = self._due, self._find_next(self._due, now)
            await self._call(due)

    def _find_next(self, due: datetime, now: datetime) -> datetime | None:
        following = self.source.expression.find_next(due)
        return self.source.expression.find_next(now) if following and following <= now else following

    def _find_pause(self, due: datetime | None) -> float:
        seconds = (due - self._clock.now()).total_seconds() if due else 0.0
        return min(max(seconds, 0.0), _LONGEST_SLEEP_SECONDS)

    async def _call(self, due: datetime) -> None:
        source = self.source
        try:
            await self._invoke(source.function, build_event(source, self._account, due))
        except Exception as error:  # noqa: BLE001 - there is a next time
            _LOG.warning("%s: %s was not called: %s", source.name, source.function, error)
