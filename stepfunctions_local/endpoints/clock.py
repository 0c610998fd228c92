"""The clock over HTTP: GET tells the time, POST skips some. It has a path that no AWS client uses."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from stepfunctions_local.endpoints.states.aws_json import Reply
from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.skip import LONGEST, Skipped, Skips
from stepfunctions_local.errors import SkipRefused
from stepfunctions_local.language.timestamp import parse_timestamp

PATH = "/_stepfunctions-local/clock"

_LOG = logging.getLogger(__name__)

_MAX_REQUEST_BYTES = 1024
_ALLOWED = "One of skip_seconds (a number), skip_to (an RFC 3339 time) and skip_to_next (true) is wanted"


class Refused(Exception):
    """A request that is answered with this HTTP status; raised and caught in this module."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ClockEndpoint:
    """Answers requests that ask what time it is, or skip time: an HTTP handler.

    What is posted is `{"skip_seconds": 604800}`, `{"skip_to": "2026-12-01T00:00:00Z"}` or
    `{"skip_to_next": true}`. The answer has `now` (RFC 3339), `skipped_seconds` (how far the clock is ahead
    by all skips together) and `fired` (how often an execution went on because it was due). A refusal has
    `error`.
    """

    skips: Skips

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        try:
            return _json(await self._answer(request))
        except Refused as error:
            return _json({"error": str(error)}, error.status)
        except SkipRefused as error:
            return _json({"error": str(error)}, 400)
        except JournalUnwritable as error:
            return _json({"error": str(error)}, error.status)
        except Exception:  # noqa: BLE001 - a defect must not take the endpoint down
            _LOG.exception("A request to the clock met a defect of this endpoint.")
            return _json({"error": "A defect of the local endpoint: see its log."}, 500)

    async def _answer(self, request: web.BaseRequest) -> Reply:
        if request.method == "GET":
            clock = self.skips.clock
            return _told(clock.now(), clock.ahead)
        if request.method != "POST":
            raise Refused(f"The clock takes GET and POST, not {request.method}.", 405)
        _require_no_web_page(request)
        skipped = await self._skip(_parsed(await _body(request)))
        return {**_told(skipped.now, skipped.ahead), "fired": skipped.fired}

    def _skip(self, asked: Mapping[str, Any]) -> Awaitable[Skipped]:
        skips: dict[str, Callable[[Any], Awaitable[Skipped]]] = {
            "skip_seconds": lambda seconds: self.skips.by(_duration(seconds)),
            "skip_to": lambda text: self.skips.to(_moment(text)),
            "skip_to_next": self._to_next,
        }
        if len(asked) != 1 or not asked.keys() <= skips.keys():
            raise Refused(f"{_ALLOWED}, not {', '.join(sorted(asked)) or 'nothing'}.")
        ((kind, value),) = asked.items()
        return skips[kind](value)

    def _to_next(self, value: object) -> Awaitable[Skipped]:
        if value is not True:
            raise Refused(f"skip_to_next must be true, not {json.dumps(value)}.")
        return self.skips.to_next()


def _require_no_web_page(request: web.BaseRequest) -> None:
    """Refuse what a browser can send for any page that is open in it."""
    if "Origin" in request.headers:
        raise Refused("Web pages may not skip time.", 403)
    if request.content_type != "application/json":
        raise Refused("A request that skips time must have the Content-Type application/json.", 415)


async def _body(request: web.BaseRequest) -> bytes:
    try:
        await request.content.readexactly(_MAX_REQUEST_BYTES + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    raise Refused(f"A request to the clock may have {_MAX_REQUEST_BYTES} bytes.", 413)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Refused(f"The request is not JSON: {error}. {_ALLOWED}.") from error
    if not isinstance(parsed, dict):
        raise Refused(f"The request is not a JSON object. {_ALLOWED}.")
    return parsed


def _duration(seconds: object) -> timedelta:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refused(f"skip_seconds must be a number, not {json.dumps(seconds)}.")
    if not abs(seconds) <= LONGEST.total_seconds():  # so asked, NaN is refused along with infinity
        raise Refused(f"skip_seconds may be {LONGEST.total_seconds():.0f} at most, {LONGEST.days} days.")
    return timedelta(seconds=seconds)


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise Refused(f"skip_to must be an RFC 3339 time, not {json.dumps(text)}.")
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise Refused(f"skip_to: {error}") from error


def _told(now: datetime, ahead: timedelta) -> Reply:
    return {"now": rfc3339(now), "skipped_seconds": ahead.total_seconds()}


def _json(reply: Reply, status: int = 200) -> web.Response:
    headers = {"Allow": "GET, POST"} if status == 405 else None  # noqa: PLR2004 - HTTP's own number
    return web.json_response(reply, status=status, headers=headers)
