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
