"""The one source of time: everything that asks what time it is, asks a clock that was passed in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, to the millisecond, as Step Functions reports it."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return to_milliseconds(datetime.now(UTC))


class SkippableClock:
    """A clock that can be ahead of another one: it can stand still, be moved, and go on from there."""

    def __init__(self, wall: Clock, ahead: timedelta = timedelta()) -> None:
        self._wall = wall
        self._ahead = ahead
        self._stopped_at: datetime | None = None

    @property
    def ahead(self) -> timedelta:
        """How far it would be ahead if it went on now; never less than before, however long it stood."""
        if self._stopped_at is None:
            return self._ahead
        return max(self._ahead, self._stopped_at - self._wall.now())

    def now(self) -> datetime:
        """Return the present moment in UTC, by this clock."""
        return self._stopped_at or self._wall.now() + self._ahead

    def stop_at(self, moment: datetime) -> None:
        """Stand still at a moment."""
        self._stopped_at = moment

    def go_on(self) -> None:
        """Go on from where it stands, or from where it would be now had it not stood, if that is later."""
        self._ahead = self.ahead
        self._stopped_at = None


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move it forward, or back."""
        self.moment += by


def to_milliseconds(moment: datetime) -> datetime:
    """Cut a moment to whole milliseconds, the precision of every time in the API."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """Write a UTC moment as the context object does: `2026-11-24T09:30:00.123Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
