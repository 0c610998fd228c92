"""Asks a local endpoint for its clock, over HTTP."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

PATH = "/_stepfunctions-local/clock"

TELL_SECONDS = 10
SKIP_SECONDS = 3600
"""How long an answer may take: a skip waits for the functions that it calls."""


class ClockUnavailable(Exception):
    """The clock could not be asked, or refused; the message is for a person to read."""


class ClockClient:
    """The clock of the endpoint at a URL."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url.rstrip("/")

    def tell(self) -> dict[str, Any]:
        """Return `now` (RFC 3339) and `skipped_seconds`.

        Raises:
            ClockUnavailable: nothing answers, or something else than stepfunctions-local.

        """
        return self._ask(None, TELL_SECONDS)

    def skip(self, request: dict[str, object]) -> dict[str, Any]:
        """Skip time and return `now`, `skipped_seconds` and `fired`.

        Raises:
            ClockUnavailable: as above, or the endpoint refuses the skip.

        """
        return self._ask(json.dumps(request).encode(), SKIP_SECONDS)

    def _ask(self, body: bytes | None, timeout_seconds: float) -> dict[str, Any]:
        status, answer = self._answer(body, timeout_seconds)
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict) or not parsed.keys() & {"now", "error"}:
            raise ClockUnavailable(
                f"{self._endpoint_url} answers (HTTP {status}), but is no stepfunctions-local that can skip "
                "time: name another with --endpoint-url."
            )
        if "error" in parsed:
            raise ClockUnavailable(str(parsed["error"]))
        return parsed

    def _answer(self, body: bytes | None, timeout_seconds: float) -> tuple[int, bytes]:
        request = Request(  # noqa: S310 - the command takes http and https only
            self._endpoint_url + PATH, body, {"Content-Type": "application/json"}
        )
        # Past any proxy: it is this machine, or one next to it.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_seconds) as response:
                return response.status, response.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()
        except (OSError, HTTPException, ValueError) as error:
            raise ClockUnavailable(self._unreachable(error)) from error

    def _unreachable(self, error: Exception) -> str:
        reason = getattr(error, "reason", None) or error
        return (
            f"Nothing answers at {self._endpoint_url} ({reason}): start stepfunctions-local or delay local, "
            "or name another with --endpoint-url."
        )
