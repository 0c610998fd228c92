"""Requests to a local endpoint beyond those of AWS's API, over HTTP."""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from delay.local.endpoint import LocalEndpoint

READ_TIMEOUT_SECONDS = 10


class EndpointUnavailable(Exception):
    """A local endpoint cannot be reached or refuses a request. The message is meant for the user."""


@dataclass(frozen=True, slots=True)
class LocalRequest:
    """A kind of request. A server with this `ability` answers with an object that has `member`."""

    path: str
    member: str
    ability: str

    def send(
        self,
        endpoint: LocalEndpoint,
        body: bytes | None = None,
        timeout_seconds: float = READ_TIMEOUT_SECONDS,
    ) -> dict[str, Any]:
        """Send the request, POST if it has a body, and return the answer.

        Raises:
            EndpointUnavailable: nothing answers, the server is not stepfunctions-local, or it refuses.

        """
        status, answer = _send(endpoint, self.path, body, timeout_seconds)
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict) or not parsed.keys() & {self.member, "error"}:
            raise EndpointUnavailable(
                f"{endpoint.url} answers (HTTP {status}), but is not a stepfunctions-local that can "
                f"{self.ability}: choose another endpoint with --endpoint-url."
            )
        if "error" in parsed:
            raise EndpointUnavailable(str(parsed["error"]))
        return parsed


def _send(
    endpoint: LocalEndpoint, path: str, body: bytes | None, timeout_seconds: float
) -> tuple[int, bytes]:
    request = Request(  # noqa: S310 - the type of the option allows http and https only
        endpoint.url + path, body, {"Content-Type": "application/json"}
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
        reason = getattr(error, "reason", None) or error
        raise EndpointUnavailable(endpoint.explain_silence(reason)) from error
