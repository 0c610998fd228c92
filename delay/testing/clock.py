"""A clock that moves only when a test moves it."""

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that a test moves. `sleep` moves it forward and returns at once."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the clock forward."""
        self.forward(timedelta(seconds=seconds))

    def forward(self, duration: timedelta) -> None:
        """Move the clock forward."""
        with self._lock:
            self._now += duration
