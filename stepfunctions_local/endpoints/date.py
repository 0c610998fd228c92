"""The date of an endpoint's answers, which is that of its clock."""

from email.utils import formatdate
from typing import Final

from aiohttp import web

from stepfunctions_local.engine.clock import SkippableClock
from stepfunctions_local.http.handler import Handler

_SKIPPED_HEADER: Final = "X-Stepfunctions-Local-Skipped-Seconds"


def add_date(handler: Handler, clock: SkippableClock) -> Handler:
    """Return a handler whose answers have the endpoint's own date, and how far skips have put it ahead.

    Clients compare their clocks with it, and theirs is not wrong after a skip.
    """

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        response = await handler(request)
        response.headers["Date"] = formatdate(clock.now().timestamp(), usegmt=True)
        if clock.ahead:
            response.headers[_SKIPPED_HEADER] = f"{clock.ahead.total_seconds():.3f}"
        return response

    return serve
