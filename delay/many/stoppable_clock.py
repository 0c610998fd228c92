"""A clock whose sleepers another thread can wake, so that an abandoned operation ends."""

import threading
from datetime import datetime
from typing import Final

from delay.clock import Clock

_LONGEST_NAP_SECONDS: Final = 0.2
"""How long a thread sleeps on after the clock was stopped, at most."""


class Stopped(Exception):
    """The clock was stopped, because no more results are fetched."""


class StoppableClock:
    """A clock whose `sleep` raises once the clock is stopped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        """Wake all sleeping threads."""
        self._is_stopped.set()

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds.

        Raises:
            Stopped: the clock was stopped.

        """
        while seconds > 0:
            if self._is_stopped.is_set():
                raise Stopped
            nap_seconds = min(seconds, _LONGEST_NAP_SECONDS)
            self._clock.sleep(nap_seconds)
            seconds -= nap_seconds
