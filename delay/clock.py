"""The time that due times are computed by, and a way to let it pass."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and sleeps. Tests bring one of their own."""

    def now(self) -> datetime:
        """Return the time (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return seconds that nobody sets, from an arbitrary beginning."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so long."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that nobody sets."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after so long."""
        time.sleep(seconds)
