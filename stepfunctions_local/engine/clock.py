"""Clocks. All code that needs the time reads it from a clock that was passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Has the time to the millisecond, as Step Functions reports it."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The wall clock of this computer."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return truncate_to_milliseconds(datetime.now(UTC))


class SkippableClock:
    """A clock that can be ahead of another one. It can be stopped, moved, and resumed from there."""

    def __init__(self, wall: Clock, ahead: timedelta = timedelta()) -> None:
        self._wall = wall
        self._ahead = ahead
        self._stopped_at: datetime | None = None
        self._watchers: list[Callable[[], None]] = []

    @property
    def stopped_at(self) -> datetime | None:
        """When (UTC) it stands still, if it does."""
        return self._stopped_at

    def watch(self, on_move: Callable[[], None]) -> None:
        """Call a function whenever the clock is stopped, moved or resumed."""
        self._watchers.append(on_move)

    @property
    def ahead(self) -> timedelta:
        """How far the clock would be ahead if it resumed now: never less than before it was stopped."""
        if self._stopped_at is None:
            return self._ahead
        return max(self._ahead, self._stopped_at - self._wall.now())

    def now(self) -> datetime:
        """Return the present moment in UTC by this clock."""
        return self._stopped_at or self._wall.now() + self._ahead

    def stop_at(self, moment: datetime) -> None:
        """Stop at a moment (UTC)."""
        self._stopped_at = moment
        self._report_move()

    def resume(self) -> None:
        """Resume from where it stopped, or from where it would be now without the stop if that is later."""
        self._ahead = self.ahead
        self._stopped_at = None
        self._report_move()

    def _report_move(self) -> None:
        for on_move in self._watchers:
            on_move()


class HighWaterMark:
    """The latest time (UTC) that was read from a clock, which may be set back afterwards."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest

    def is_above(self, now: datetime) -> bool:
        """Whether the clock was ahead of `now` before; otherwise the mark rises to it."""
        if now < self._latest:
            return True
        self._latest = now
        return False


@dataclass
class ManualClock:
    """A clock that only moves when it is set: for tests."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, or back."""
        self.moment += by


def truncate_to_milliseconds(moment: datetime) -> datetime:
    """Truncate a moment to whole milliseconds, the precision of every time in the API."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """Return a UTC moment as the context object shows it: `2026-11-24T09:30:00.123Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
