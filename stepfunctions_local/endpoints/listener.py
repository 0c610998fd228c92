"""A listener: an HTTP handler behind a gate, bound to a host and a port."""

import errno
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Self

from aiohttp import web

from delay.text.url import build_url
from stepfunctions_local.descriptors import Shares
from stepfunctions_local.errors import PortTaken, SettingError
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.http.handler import Handler
from stepfunctions_local.http.hosts import list_hosts
from stepfunctions_local.http.server import HttpServer

_CLOSING_SECONDS: Final = 1
"""How long requests that are being handled have when a listener closes."""


@dataclass
class Listener:
    """Serves one handler. Port 0 takes a free port; after `start`, `port` is that port.

    `option` is the command-line option for the port, which the error for a taken port names.
    Only requests that pass the `gate` reach the handler; `host` is a name that they may be for.
    """

    handler: Handler
    host: str
    port: int
    option: str
    gate: Gate = DEFAULT_GATE
    _server: HttpServer | None = None

    def __post_init__(self) -> None:
        """Let requests for the host pass."""
        self.gate = replace(self.gate, hosts=self.gate.hosts | {self.host.lower()})

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            PortTaken: another process listens on the port.
            SettingError: this computer cannot listen on the host or port.

        """
        server = HttpServer(self._serve, Shares.of_this_process().connections)
        try:
            await server.start(self.host, self.port)
        except OSError as error:
            raise self._build_error(error) from error
        self._server = server
        self.port = server.port

    async def close(self) -> None:
        """Stop listening and drop the open connections."""
        if self._server:
            await self._server.close(_CLOSING_SECONDS)
            self._server = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self.close()

    @property
    def url(self) -> str:
        """The URL for clients on this computer."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a lookup, not a bind
        return build_url(loopback.get(self.host, self.host), self.port)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle a request that passes the gate, and let a page that may send it read the answer."""
        hosts, origins = list_hosts(request), request.headers.getall("Origin", ())
        if reason := self.gate.refuse(hosts, origins):
            return _build_refusal(reason)
        if not origins or not self.gate.allows_origin(origins[0]):
            return await self._handle(request)
        is_preflight = request.method == "OPTIONS"
        response = _build_preflight(request) if is_preflight else await self._handle(request)
        response.headers.update(_build_cors_headers(origins[0]))
        return response

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle a request. Ask first for a body that the client holds back: this kind of server does not."""
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        return await self.handler(request)

    def _build_error(self, error: OSError) -> PortTaken | SettingError:
        address = build_url(self.host, self.port).removeprefix("http://")
        if error.errno == errno.EADDRINUSE:
            return PortTaken(
                f"{address} is taken by another process: stop it, or choose another port with {self.option}."
            )
        reason = error.strerror or error
        return SettingError(f"Cannot listen on {address} ({reason}): choose another address.")


def _build_refusal(reason: str) -> web.Response:
    """Build a response that AWS's SDKs and the clients of the clock can read."""
    error = {"__type": "AccessDeniedException", "message": reason, "error": reason}
    headers = {"x-amzn-errortype": "AccessDeniedException"}
    return web.json_response(error, status=HTTPStatus.FORBIDDEN, headers=headers)


def _build_preflight(request: web.BaseRequest) -> web.Response:
    """Build the answer to the question of a browser whether a page may send its request."""
    headers = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "600"}
    if asked := request.headers.get("Access-Control-Request-Headers"):
        headers["Access-Control-Allow-Headers"] = asked
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)


def _build_cors_headers(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "*", "Vary": "Origin"}
