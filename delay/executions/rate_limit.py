"""Limits the rate of calls to Step Functions to the Region's quotas.

Source: "Step Functions service quotas", API action throttling; per account and Region, soft.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from delay.clock import Clock
from delay.errors import InvalidRequest

_LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


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


@dataclass(frozen=True, slots=True)
class CallRates:
    """The rates of the operations that are called in large numbers."""

    start: CallRate
    describe: CallRate
    list: CallRate


_LARGE: Final = CallRates(start=CallRate(1300, 300), describe=CallRate(300, 15), list=CallRate(200, 5))
_OTHER: Final = CallRates(start=CallRate(800, 150), describe=CallRate(250, 10), list=CallRate(100, 2))

_UNLIMITED: Final = CallRate(burst=1e9, per_second=1e9)
UNLIMITED: Final = CallRates(start=_UNLIMITED, describe=_UNLIMITED, list=_UNLIMITED)
"""The rates of an endpoint that throttles no request, such as a local one."""


def call_rates(region: str) -> CallRates:
    """Return the default rates of a Region."""
    return _LARGE if region in _LARGE_REGIONS else _OTHER


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
