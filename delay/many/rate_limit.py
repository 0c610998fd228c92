"""Limits the rate of calls to AWS."""

import threading
from dataclasses import dataclass
from datetime import timedelta

from delay.clock import Clock
from delay.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class CallRate:
    """A token bucket: `burst` calls at once, then `per_second` calls a second.

    Raises:
        InvalidRequest: `burst` is less than 1, or `per_second` is not positive.

    """

    burst: float
    per_second: float

    def __post_init__(self) -> None:
        """Reject a rate at which nothing would ever be sent."""
        if not (self.burst >= 1 and self.per_second > 0):
            raise InvalidRequest(
                f"A rate allows at least one call at once, and more than zero a second, got {self.burst} at "
                f"once and {self.per_second} a second."
            )

    def share(self, part: float) -> "CallRate":
        """Return a part of the rate."""
        return CallRate(max(1.0, self.burst * part), self.per_second * part)


class RateLimiter:
    """A token bucket that threads may share: `take` blocks until a call is allowed."""

    def __init__(self, rate: CallRate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at = clock.monotonic()
        """When the bucket would be full again without further calls, by the monotonic clock."""

    def take(self) -> None:
        """Block until a call is allowed."""
        interval = 1 / self._rate.per_second
        with self._lock:
            now = self._clock.monotonic()
            self._full_at = max(self._full_at, now) + interval
            wait_seconds = self._full_at - now - self._rate.burst * interval
        if wait_seconds > 0:
            self._clock.sleep(wait_seconds)

    def minimum_duration(self, calls: int) -> timedelta:
        """Return the least time that a number of calls takes, starting with a full bucket."""
        return timedelta(seconds=max(0.0, calls - self._rate.burst) / self._rate.per_second)
