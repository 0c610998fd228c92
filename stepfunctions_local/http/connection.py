"""A connection that its client cannot hold for long, and the open ones of a server.

If there are too many, the one that is least likely to be missed makes room for another.
"""

import asyncio
import logging
from enum import IntEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from stepfunctions_local.http.handler import Handler

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)

HEADER_SECONDS: Final = 20
"""The longest time from a connection, or from the first byte of a later request, to the end of a header."""

IDLE_SECONDS: Final = 300
"""How long a connection is kept between two requests."""

UNREAD_SECONDS: Final = 60
"""The longest time in which a client reads nothing of a response that is larger than the buffers."""

MALFORMED: Final = "MalformedHttpRequestException"
"""AWS's error for problems at the level of HTTP. Source: "Common Error Types" in each API Reference."""

REST_SECONDS: Final = 0.5
"""How long a connection rests before it is closed to make room: its client may be about to send."""

_LOOKS: Final = 4
"""How often within this time the server looks for such a connection."""

_LINGERING_SECONDS: Final = 5
"""How long a body that the handler did not want is read and thrown away."""


class _Rest(IntEnum):
    """The activity of a connection that may be closed to make room: the first ones are missed the least."""

    SILENT = 0
    """It has sent no request yet."""
    IDLE = 1
    """It has had a response, and has not sent the next request."""
    RECEIVING = 2
    """The body of its request is arriving."""


class Connection(web.RequestHandler):
    """A connection, closed if its client keeps it waiting for too long."""

    __slots__ = ("_connections", "_header_deadline", "_read_deadline", "_serving", "is_trusted")

    def __init__(self, connections: "Connections") -> None:
        super().__init__(
            connections,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # as web.Server passes it
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=_LINGERING_SECONDS,
            auto_decompress=False,
        )
        self._connections = connections
        self._header_deadline: asyncio.TimerHandle | None = None
        self._read_deadline: asyncio.TimerHandle | None = None
        self._serving = False
        self.is_trusted = False
        """Whether its client has proved who it is, so that it is never closed to make room for others."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect a request in time."""
        super().connection_made(transport)
        self._header_deadline = self._set_deadline(HEADER_SECONDS)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the deadlines."""
        self._cancel_deadlines()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Expect the rest of a header in time."""
        super().data_received(data)
        if not self._serving and self._header_deadline is None and self.transport is not None:
            self._header_deadline = self._set_deadline(HEADER_SECONDS)

    def pause_writing(self) -> None:
        """Expect the client to read in time."""
        super().pause_writing()
        self._read_deadline = self._set_deadline(UNREAD_SECONDS)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        super().resume_writing()
        self._cancel_read_deadline()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the response to a malformed request, without a line in the log: there may be many."""
        if status != HTTPStatus.BAD_REQUEST:
            return super().handle_error(request, status, exc, message)
        _LOG.debug("A request was malformed: %s", message)
        error = {"__type": MALFORMED, "message": _explain(message)}
        response = web.json_response(error, status=status, headers={"x-amzn-errortype": MALFORMED})
        response.force_close()
        return response

    def begin_request(self) -> None:
        """Note that a header is complete."""
        self._cancel_header_deadline()
        self._serving = True
        self._connections.keep(self)

    def begin_body(self) -> None:
        """Note that the body of a request is being read."""
        self._connections.offer(self, _Rest.RECEIVING)

    def end_body(self) -> None:
        """Note that the body is complete."""
        self._connections.keep(self)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send a response. Only then may the connection be closed to make room."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._serving = False
            self._connections.offer(self, _Rest.IDLE)

    def abort(self) -> None:
        """Close the connection. A response that the client does not read is lost."""
        transport = self.transport
        self._cancel_deadlines()
        self.force_close()
        if transport is not None:
            transport.abort()

    def _set_deadline(self, seconds: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self.abort)

    def _cancel_header_deadline(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
        self._header_deadline = None

    def _cancel_read_deadline(self) -> None:
        if self._read_deadline is not None:
            self._read_deadline.cancel()
        self._read_deadline = None

    def _cancel_deadlines(self) -> None:
        self._cancel_header_deadline()
        self._cancel_read_deadline()


def _build_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    """Return a request without the host of its target, which makes aiohttp raise if IDNA cannot decode it."""
    if message.url.absolute:
        message = message._replace(url=message.url.relative())
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())


class Connections(web.Server):
    """The open connections of a server, some of which may be closed to make room for others."""

    def __init__(self, handler: Handler, limit: int, *, handler_cancellation: bool) -> None:
        super().__init__(
            self._serve, handler_cancellation=handler_cancellation, request_factory=_build_request
        )
        self._handler = handler
        self._limit = limit
        self._open: set[Connection] = set()
        self._offered: dict[_Rest, dict[Connection, float]] = {rest: {} for rest in _Rest}
        """Connections that may be closed, the longest at rest first, each with the beginning of its rest."""
        self._expected = 0
        self._crowded_since: float | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self.on_room: Callable[[], None] = _ignore
        """Called when there may be room again after `make_room` found none."""

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Add a connection."""
        super().connection_made(handler, transport)
        connection = cast("Connection", handler)
        self._open.add(connection)
        self.offer(connection, _Rest.SILENT)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Remove a connection."""
        super().connection_lost(handler, exc)
        self._remove(cast("Connection", handler))

    @property
    def is_full(self) -> bool:
        """Whether there is room for another connection only if one is closed."""
        return len(self._open) + self._expected >= self._limit

    def make_room(self) -> bool:
        """Make room for another connection, and return whether there is."""
        if not self.is_full:
            self._crowded_since = None
        while self.is_full:
            if not self._close_one():
                self._look_later()
                return False
        return True

    def expect(self, connections: int = 1) -> None:
        """Keep room for connections that have been accepted and are not open yet."""
        self._expected += connections

    def offer(self, connection: Connection, rest: _Rest) -> None:
        """Let a connection be closed to make room once it has rested, if it is still open."""
        self.keep(connection)
        if connection in self._open and not connection.is_trusted:
            self._offered[rest][connection] = asyncio.get_running_loop().time()

    def keep(self, connection: Connection) -> None:
        """Keep a connection open: its request is being handled."""
        for offered in self._offered.values():
            offered.pop(connection, None)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        cast("Connection", request.protocol).begin_request()
        response = await self._handler(request)
        if not request.content.is_eof():
            response.force_close()  # or the rest of the body would be taken for a slow header
        return response

    def _close_one(self) -> bool:
        """Close a connection, and return whether one could be closed."""
        now = asyncio.get_running_loop().time()
        connection = self._find_rested(now) or self._find_idle(now)
        if connection is None:
            return False
        self._remove(connection)
        connection.abort()
        return True

    def _find_rested(self, now: float) -> Connection | None:
        """Return the connection that is missed the least of those that have rested."""
        longest = (next(iter(offered.items()), None) for offered in self._offered.values())
        rested = (each[0] for each in longest if each and now - each[1] >= REST_SECONDS)
        if connection := next(rested, None):
            self._crowded_since = None
        return connection

    def _find_idle(self, now: float) -> Connection | None:
        """Return the connection that is idle longest, once none has rested for as long as a rest takes.

        Otherwise, clients that never rest would keep others out for ever.
        """
        self._crowded_since = now if self._crowded_since is None else self._crowded_since
        is_over = now - self._crowded_since >= REST_SECONDS
        return next(iter(self._offered[_Rest.IDLE]), None) if is_over else None

    def _remove(self, connection: Connection) -> None:
        self.keep(connection)
        self._open.discard(connection)
        self._look()

    def _look_later(self) -> None:
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().call_later(REST_SECONDS / _LOOKS, self._look)

    def _look(self) -> None:
        """Have another look for room, if there was none."""
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
            self.on_room()


def trust(request: web.BaseRequest) -> None:
    """Never close the connection of a request to make room for others: its client has proved who it is."""
    if isinstance(request.protocol, Connection):
        request.protocol.is_trusted = True


def _explain(message: str | None) -> str:
    """Return the first line of a parser's message: the others quote the request."""
    first, *_ = (message or "").splitlines() or [""]
    return f"The request is not HTTP: {first.removesuffix(':')}"


def _ignore() -> None:
    """Do nothing: no one waits for room."""
