"""The clock over HTTP: GET returns the time, POST skips time. No AWS client uses its path."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.skip import LONGEST, Skipped, Skips
from stepfunctions_local.errors import SkipRefused
from stepfunctions_local.http.body import BodyError, BodyTooLarge, BodyTooSlow, read_body
from stepfunctions_local.language.timestamp import parse_timestamp

PATH = "/_stepfunctions-local/clock"

_LOG = logging.getLogger(__name__)

_MAX_REQUEST_BYTES = 1024
_ALLOWED = "One of skip_seconds (a number), skip_to (an RFC 3339 time) and skip_to_next (true) is required"


class _RequestError(Exception):
    """A request is rejected with this HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ClockEndpoint:
    """The HTTP handler for requests that read the clock or skip time.

    The body of a POST is `{"skip_seconds": 604800}`, `{"skip_to": "2027-06-01T00:00:00Z"}` or
    `{"skip_to_next": true}`.
    The response has these members:
    `now`: the time, in RFC 3339;
    `skipped_seconds`: how far all skips together have put the clock ahead;
    `fired`: how often an execution went on because it was due, after a skip only;
    `error`: the reason, if the request was rejected.
    """

    skips: Skips

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        try:
            return _build_response(await self._handle(request))
        except _RequestError as error:
            return _build_response({"error": str(error)}, error.status)
        except SkipRefused as error:
            return _build_response({"error": str(error)}, 400)
        except JournalUnwritable as error:
            return _build_response({"error": str(error)}, error.status)
        except Exception:  # noqa: BLE001 - a bug must not take the endpoint down
            _LOG.exception("A request to the clock failed because of a bug in this endpoint.")
            return _build_response({"error": "A bug in the local endpoint: see its log."}, 500)

    async def _handle(self, request: web.BaseRequest) -> Mapping[str, Any]:
        if request.method == "GET":
            clock = self.skips.clock
            return _describe_clock(clock.now(), clock.ahead)
        if request.method != "POST":
            raise _RequestError(f"The clock accepts GET and POST, not {request.method}.", 405)
        _require_json(request)
        skipped = await self._skip(_parse(await _read_body(request)))
        return {**_describe_clock(skipped.now, skipped.ahead), "fired": skipped.fired}

    def _skip(self, requested: Mapping[str, Any]) -> Awaitable[Skipped]:
        skips: dict[str, Callable[[Any], Awaitable[Skipped]]] = {
            "skip_seconds": lambda seconds: self.skips.by(_parse_duration(seconds)),
            "skip_to": lambda text: self.skips.to(_parse_moment(text)),
            "skip_to_next": self._skip_to_next,
        }
        if len(requested) != 1 or not requested.keys() <= skips.keys():
            raise _RequestError(f"{_ALLOWED}, not {', '.join(sorted(requested)) or 'nothing'}.")
        ((kind, value),) = requested.items()
        return skips[kind](value)

    def _skip_to_next(self, value: object) -> Awaitable[Skipped]:
        if value is not True:
            raise _RequestError(f"skip_to_next must be true, not {json.dumps(value)}.")
        return self.skips.to_next()


def _require_json(request: web.BaseRequest) -> None:
    """Raise for a body that a browser sends for a page without asking. The gate refuses the page too."""
    if request.content_type != "application/json":
        raise _RequestError("A request that skips time must have the Content-Type application/json.", 415)


async def _read_body(request: web.BaseRequest) -> bytes:
    try:
        return await read_body(request, _MAX_REQUEST_BYTES)
    except BodyTooLarge as error:
        raise _RequestError(str(error), 413) from error
    except BodyTooSlow as error:
        raise _RequestError(str(error), 408) from error
    except BodyError as error:
        raise _RequestError(str(error)) from error


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise _RequestError(f"The request is not JSON: {error}. {_ALLOWED}.") from error
    if not isinstance(parsed, dict):
        raise _RequestError(f"The request is not a JSON object. {_ALLOWED}.")
    return parsed


def _parse_duration(seconds: object) -> timedelta:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _RequestError(f"skip_seconds must be a number, not {json.dumps(seconds)}.")
    if not abs(seconds) <= LONGEST.total_seconds():  # in this form, NaN is rejected too
        most = f"{LONGEST.total_seconds():.0f} s, {LONGEST.days} days"
        raise _RequestError(f"No more than {most}, can be skipped at once.")
    return timedelta(seconds=seconds)


def _parse_moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise _RequestError(f"skip_to must be an RFC 3339 time, not {json.dumps(text)}.")
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise _RequestError(f"skip_to: {error}") from error


def _describe_clock(now: datetime, ahead: timedelta) -> Mapping[str, Any]:
    return {"now": rfc3339(now), "skipped_seconds": ahead.total_seconds()}


def _build_response(reply: Mapping[str, Any], status: int = 200) -> web.Response:
    headers = {"Allow": "GET, POST"} if status == 405 else None  # noqa: PLR2004 - HTTP's own number
    return web.json_response(reply, status=status, headers=headers)
