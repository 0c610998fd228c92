"""Keeps calls within a rate."""

import threading
from datetime import timedelta

from delay.clock import Clock
from delay.quota import CallRate


class Pace:
    """A token bucket that threads may share: `take` returns when it is one's turn."""

    def __init__(self, rate: CallRate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at = clock.monotonic()
        """When the bucket would be full again if nobody took any more."""

    def take(self) -> None:
        """Wait for one's turn."""
        interval = 1 / self._rate.per_second
        with self._lock:
            now = self._clock.monotonic()
            self._full_at = max(self._full_at, now) + interval
            wait_seconds = self._full_at - now - self._rate.burst * interval
        if wait_seconds > 0:
            self._clock.sleep(wait_seconds)

    def duration_of(self, calls: int) -> timedelta:
        """How long so many calls take at least, with a full bucket to begin with."""
        return timedelta(seconds=max(0.0, calls - self._rate.burst) / self._rate.per_second)
