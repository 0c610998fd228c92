"""Deletes executions when their retention is over.

A deletion cannot be undone, and a wall clock can be wrong. So retention counts by a clock of its own, which
is on record and follows the wall clock no faster than is plausible.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.records.change import ExecutionsExpired, RetentionClockMoved
from stepfunctions_local.engine.records.records import Records

_INTERVAL: Final = timedelta(hours=1)
_PAUSE: Final = timedelta(seconds=1)
_AT_ONCE: Final = 500
"""Executions are deleted hourly, at most this many a second, so that requests need not wait."""

PLAUSIBLE: Final = timedelta(days=10)
"""The longest that the wall clock may have moved since the last look and is believed at once."""

PACE: Final = 24
"""How many times faster than the endpoint runs retention follows a wall clock that is not believed."""


class Expiry:
    """Deletes executions that ended longer ago than the retention."""

    def __init__(self, records: Records, clock: Clock, retention: timedelta) -> None:
        self._store = records.store
        self._journal = records.journal
        self._clock = clock
        self._retention = retention

    async def run(self) -> None:
        """Delete expired executions, at once and then hourly."""
        ran = timedelta()
        while True:
            is_over = self.expire(ran) < _AT_ONCE
            ran = _INTERVAL if is_over else _PAUSE
            await asyncio.sleep(ran.total_seconds())

    def expire(self, ran: timedelta) -> int:
        """Delete some of the expired executions, and return how many. `ran`: since the last look."""
        move = self._follow(ran)
        self._journal.submit(move)
        ids = self._store.expired(self._find_end(move), _AT_ONCE)
        if ids:
            self._journal.submit(ExecutionsExpired(ids))
        return len(ids)

    def release_name(self, execution: Execution) -> bool:
        """Delete an execution if it has expired, and return whether it has.

        The name is wanted now, and the next look may be an hour away.
        """
        move = self._follow(timedelta())
        is_over = execution.stopped is not None and execution.stopped < self._find_end(move)
        if is_over:
            self._journal.submit(ExecutionsExpired((execution.id,)))
        return is_over

    def _follow(self, ran: timedelta) -> RetentionClockMoved:
        now = self._clock.now()
        recorded = self._store.retention_clock() or now
        return RetentionClockMoved(follow(recorded, now, ran), recorded)

    def _find_end(self, move: RetentionClockMoved) -> datetime:
        """Return the time (UTC) before which an execution must have ended to be deleted."""
        return min(move.start + move.by, self._clock.now()) - self._retention


def follow(recorded: datetime, now: datetime, ran: timedelta) -> timedelta:
    """Return how far the clock of retention moves towards the wall clock, forward or back.

    A computer that was off for long looks like a clock that is wrong. Either way the endpoint has
    to run for an hour before another day counts.
    """
    gap, most = now - recorded, ran * PACE
    return gap if abs(gap) <= PLAUSIBLE else max(-most, min(gap, most))
