"""How often Step Functions may be called, by Region.

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
    """A token bucket: so many calls at once, and then so many a second.

    Raises:
        InvalidRequest: less than one at once, or none a second.

    """

    burst: float
    per_second: float

    def __post_init__(self) -> None:
        """Refuse a rate at which nothing is ever sent."""
        if not (self.burst >= 1 and self.per_second > 0):
            raise InvalidRequest(
                f"A rate is one call at once at least, and more than none a second, got {self.burst} at once "
                f"and {self.per_second} a second."
            )


@dataclass(frozen=True, slots=True)
class CallRates:
    """The rates of the calls that come in large numbers."""

    start: CallRate
    describe: CallRate
    list: CallRate


_LARGE: Final = CallRates(start=CallRate(1300, 300), describe=CallRate(300, 15), list=CallRate(200, 5))
_OTHER: Final = CallRates(start=CallRate(800, 150), describe=CallRate(250, 10), list=CallRate(100, 2))


def call_rates(region: str) -> CallRates:
    """Return the default rates of a Region."""
    return _LARGE if region in _LARGE_REGIONS else _OTHER


class RateLimiter:
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
