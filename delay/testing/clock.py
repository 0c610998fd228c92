"""A clock that stands until it is moved."""

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Tells the time that it was set to. Who sleeps moves it forward and does not wait."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move forward."""
        self.forward(timedelta(seconds=seconds))

    def forward(self, duration: timedelta) -> None:
        """Move forward."""
        with self._lock:
            self._now += duration
