"""Reads and skips the clock of a local endpoint, over HTTP."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from delay.clock import Clock, SystemClock
from delay.local.endpoint import LocalEndpoint
from delay.local.request import EndpointUnavailable, LocalRequest

PATH = "/_stepfunctions-local/clock"

READ_EVERY_SECONDS = 1.0
"""The time between two looks of a sleeping command: was time skipped?"""

SKIP_TIMEOUT_SECONDS = 3600
"""A skip returns only after the functions that it calls have returned."""

_CLOCK = LocalRequest(PATH, "now", "skip time")


class ClockClient:
    """The clock of a local endpoint."""

    def __init__(self, endpoint: LocalEndpoint) -> None:
        self._endpoint = endpoint

    def read(self) -> dict[str, Any]:
        """Return `now` (RFC 3339) and `skipped_seconds`.

        Raises:
            EndpointUnavailable: nothing answers, or the server is not stepfunctions-local.

        """
        return _CLOCK.send(self._endpoint)

    def skip(self, request: dict[str, object]) -> dict[str, Any]:
        """Skip time, and return `now`, `skipped_seconds` and `fired`.

        Raises:
            EndpointUnavailable: as above, or the endpoint refuses the skip.

        """
        return _CLOCK.send(self._endpoint, json.dumps(request).encode(), SKIP_TIMEOUT_SECONDS)


class LocalClock(SystemClock):
    """The clock of a local endpoint, which may be ahead of this computer's. Due times are computed by it.

    A sleep ends early if time is skipped there meanwhile.
    """

    def __init__(self, client: ClockClient, wall: Clock | None = None) -> None:
        self._client = client
        self._wall = wall or SystemClock()
        self._ahead = timedelta()
        self._read()

    def now(self) -> datetime:
        """Return the time there (UTC)."""
        return self._wall.now() + self._ahead

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self._wall.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block until that many seconds have passed there."""
        end = self.now() + timedelta(seconds=seconds)
        while (left_seconds := (end - self.now()).total_seconds()) > 0:
            self._wall.sleep(min(left_seconds, READ_EVERY_SECONDS))
            with suppress(EndpointUnavailable):  # the next call says so better
                self._read()

    def _read(self) -> None:
        self._ahead = timedelta(seconds=self._client.read()["skipped_seconds"])
