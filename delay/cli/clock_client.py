"""Reads and skips the clock of a local endpoint, over HTTP."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from delay.cli.local_endpoint import LocalEndpoint
from delay.clock import Clock, SystemClock

PATH = "/_stepfunctions-local/clock"

READ_EVERY_SECONDS = 1.0
"""How often a sleeping command looks if time was skipped."""

READ_TIMEOUT_SECONDS = 10
SKIP_TIMEOUT_SECONDS = 3600
"""A skip returns only after the functions that it calls have returned."""


class ClockUnavailable(Exception):
    """The clock cannot be reached or refuses a skip. The message is meant for the user."""


class ClockClient:
    """The clock of a local endpoint."""

    def __init__(self, endpoint: LocalEndpoint) -> None:
        self._endpoint = endpoint

    def read(self) -> dict[str, Any]:
        """Return `now` (RFC 3339) and `skipped_seconds`.

        Raises:
            ClockUnavailable: nothing answers, or the server is not stepfunctions-local.

        """
        return self._request(None, READ_TIMEOUT_SECONDS)

    def skip(self, request: dict[str, object]) -> dict[str, Any]:
        """Skip time, and return `now`, `skipped_seconds` and `fired`.

        Raises:
            ClockUnavailable: as above, or the endpoint refuses the skip.

        """
        return self._request(json.dumps(request).encode(), SKIP_TIMEOUT_SECONDS)

    def _request(self, body: bytes | None, timeout_seconds: float) -> dict[str, Any]:
        status, answer = self._send(body, timeout_seconds)
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict) or not parsed.keys() & {"now", "error"}:
            raise ClockUnavailable(
                f"{self._endpoint.url} answers (HTTP {status}), but is not a stepfunctions-local that can "
                "skip time: choose another endpoint with --endpoint-url."
            )
        if "error" in parsed:
            raise ClockUnavailable(str(parsed["error"]))
        return parsed

    def _send(self, body: bytes | None, timeout_seconds: float) -> tuple[int, bytes]:
        request = Request(  # noqa: S310 - the type of the option allows http and https only
            self._endpoint.url + PATH, body, {"Content-Type": "application/json"}
        )
        # No proxy: the endpoint is on this computer, or one next to it.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_seconds) as response:
                return response.status, response.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()
        except (OSError, HTTPException, ValueError) as error:
            raise self._build_unreachable(error) from error

    def _build_unreachable(self, error: Exception) -> ClockUnavailable:
        reason = getattr(error, "reason", None) or error
        return ClockUnavailable(self._endpoint.explain_silence(reason))


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
            with suppress(ClockUnavailable):  # the next call says so better
                self._read()

    def _read(self) -> None:
        self._ahead = timedelta(seconds=self._client.read()["skipped_seconds"])
