"""The guards before every handler: the gate, the two tokens, and the headers of the response."""

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from delay.console.gate import refuse
from delay.console.port import PortError
from delay.console.web import READ_ONLY, get_console, render
from delay.errors import DelayError, InvalidRequest, NoSuchTask, ServiceError

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The Content-Security-Policy: nothing from elsewhere, and no script or style within a page."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer, a form would have no Origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_YEAR_SECONDS: Final = 31_536_000
_CHANGING: Final = "POST"


@web.middleware
async def add_headers(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Add the headers that every response has."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
    return response


@web.middleware
async def check_gate(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse requests of other pages, and requests for names that may belong to one."""
    hosts, origins = request.headers.getall("Host", ()), request.headers.getall("Origin", ())
    if reason := refuse(tuple(hosts), tuple(origins), get_console(request).settings.hosts):
        return web.Response(text=reason, status=HTTPStatus.FORBIDDEN)
    return await handler(request)


@web.middleware
async def check_token(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Require the token of the address once, and its cookie from then on."""
    token = get_console(request).settings.token
    if token is None or request.path.startswith("/static/"):
        return await handler(request)
    cookie = f"delay-console-{request.url.port}"
    if _is_same(request.query.get("token"), token):
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": _drop_token(request)})
        response.set_cookie(cookie, token, httponly=True, samesite="Strict", max_age=_YEAR_SECONDS)
        return response
    if not _is_same(request.cookies.get(cookie), token):
        text = "This console needs the address with the token that `delay console` has printed."
        return web.Response(text=text, status=HTTPStatus.FORBIDDEN)
    return await handler(request)


@web.middleware
async def check_form(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse changes that no form of this console sends, and all changes if it is read-only."""
    if request.method in {"GET", "HEAD"}:
        return await handler(request)
    console = get_console(request)
    if console.settings.is_read_only:
        return web.Response(text=READ_ONLY, status=HTTPStatus.FORBIDDEN)
    form = await request.post()
    if request.method != _CHANGING or not _is_same(form.get("csrf"), console.csrf):
        text = "Refused: the form is not of this console, or of an earlier run of it. Go back and reload."
        return web.Response(text=text, status=HTTPStatus.FORBIDDEN)
    return await handler(request)


@web.middleware
async def show_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Show errors of the client and of the endpoint as a page."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return render(request, "error.html", None, status=404, message="There is no such page.")
    except web.HTTPForbidden as error:
        return render(request, "error.html", None, status=error.status, message=error.text)
    except (DelayError, PortError) as error:
        return render(request, "error.html", None, status=find_status(error), message=str(error))


def find_status(error: Exception) -> HTTPStatus:
    """Return the HTTP status for an error of the client."""
    if isinstance(error, NoSuchTask):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, ServiceError | PortError):
        return HTTPStatus.BAD_GATEWAY
    return HTTPStatus.CONFLICT


GUARDS: Final = (add_headers, check_gate, check_token, check_form, show_errors)
"""The guards, the outermost first."""


def _is_same(given: object, secret: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), secret.encode())


def _drop_token(request: web.Request) -> str:
    """Return a request's address without the token, so that no history and no screenshot has it."""
    query = [(name, value) for name, value in request.query.items() if name != "token"]
    path = f"/{request.path.lstrip('/')}"  # never //, which would be another host
    return f"{path}?{urlencode(query)}" if query else path
