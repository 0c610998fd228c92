"""The clock by which due times are computed."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time and a way to sleep. Tests pass their own."""

    def now(self) -> datetime:
        """Return the time (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds."""
        ...


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds."""
        time.sleep(seconds)


def find_clock(client: object) -> Clock | None:
    """Return the clock of the endpoint that a client calls; None if the client has none.

    A client has the attribute `clock` if its endpoint's clock is not this computer's.
    """
    clock: Clock | None = getattr(client, "__dict__", {}).get("clock")
    return clock
