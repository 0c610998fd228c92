"""An HTTP server whose connections are bounded in number and time. Every listener is one.

No client can hold a connection for long without sending a request, and no number of connections uses up the
descriptors of this process: if there are too many, the one that is least likely to be missed makes room.
"""

import asyncio
import errno
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

_LOG = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

HEADER_SECONDS: Final = 20
"""The longest time from a connection, or from the first byte of a later request, to the end of a header."""

BODY_SECONDS: Final = 20
"""The longest time that a body takes. Any honest client on this computer sends it in less."""

IDLE_SECONDS: Final = 300
"""How long a connection is kept between two requests."""

UNREAD_SECONDS: Final = 60
"""The longest time in which a client reads nothing of a response that is larger than the buffers."""

BACKLOG: Final = 128
"""Connections that wait in the system to be accepted."""

_ACCEPTED_AT_ONCE: Final = 16

_PAUSE_SECONDS: Final = 0.1
"""The time between two attempts to accept while the system has no descriptor."""

MALFORMED: Final = "MalformedHttpRequestException"
"""AWS's error for problems at the level of HTTP. Source: "Common Error Types" in each API Reference."""

_LINGERING_SECONDS: Final = 5
"""How long a body that the handler did not want is read and thrown away."""

_PLAIN: Final = "identity"


class _Rest(IntEnum):
    """The activity of a connection that may be closed to make room: the first ones are missed the least."""

    SILENT = 0
    """It has sent no request yet."""
    IDLE = 1
    """It has had a response, and has not sent the next request."""
    RECEIVING = 2
    """The body of its request is arriving."""


class BodyError(Exception):
    """A request's body cannot be used. The message is for the client."""


class BodyTooLarge(BodyError):
    """The body has more bytes than allowed."""


class BodyTooSlow(BodyError):
    """The body did not arrive in time."""


class BodyIncomplete(BodyError):
    """The connection ended before the body, or the body is malformed."""


class BodyEncoded(BodyError):
    """The body has a Content-Encoding. AWS's SDKs send these APIs none."""


class Connection(web.RequestHandler):
    """A connection, closed if its client keeps it waiting for too long."""

    __slots__ = ("_connections", "_header_deadline", "_read_deadline", "_serving", "is_trusted")

    def __init__(self, connections: "_Connections") -> None:
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


class _Connections(web.Server):
    """The open connections of a server, some of which may be closed to make room for others."""

    def __init__(self, handler: Handler, limit: int, *, handler_cancellation: bool) -> None:
        super().__init__(
            self._serve, handler_cancellation=handler_cancellation, request_factory=_build_request
        )
        self._handler = handler
        self._limit = limit
        self._open: set[Connection] = set()
        self._offered: dict[_Rest, dict[Connection, None]] = {rest: {} for rest in _Rest}
        """Connections that may be closed, the longest at rest first."""
        self._expected = 0
        self._is_awaited = False
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
        while self.is_full:
            if not self._close_one():
                self._is_awaited = True
                return False
        return True

    def expect(self, connections: int = 1) -> None:
        """Keep room for connections that have been accepted and are not open yet."""
        self._expected += connections

    def offer(self, connection: Connection, rest: _Rest) -> None:
        """Let a connection be closed to make room, if it is still open."""
        self.keep(connection)
        if connection in self._open and not connection.is_trusted:
            self._offered[rest][connection] = None
            self._notify()

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
        connection = next((each for offered in self._offered.values() for each in offered), None)
        if connection is None:
            return False
        self._remove(connection)
        connection.abort()
        return True

    def _remove(self, connection: Connection) -> None:
        self.keep(connection)
        self._open.discard(connection)
        self._notify()

    def _notify(self) -> None:
        if self._is_awaited:
            self._is_awaited = False
            self.on_room()


class HttpServer:
    """Serves a handler over at most `max_connections` connections. Further ones wait to be accepted.

    `handler_cancellation`: a request is cancelled when its connection ends.
    """

    def __init__(self, handler: Handler, max_connections: int, *, handler_cancellation: bool = False) -> None:
        self._connections = _Connections(handler, max_connections, handler_cancellation=handler_cancellation)
        self._connections.on_room = self._resume
        self._sockets: list[socket.socket] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._is_short = False

    @property
    def port(self) -> int:
        """The port of the first address."""
        return int(self._sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        """Listen on all addresses of a host. "" means all there are; port 0 takes a free one.

        Raises:
            OSError: this computer cannot listen there.

        """
        self._sockets = await _listen(host, port)
        self._resume()

    async def close(self, patience_seconds: float) -> None:
        """Stop listening. Requests that are being handled get this long; then all connections end."""
        self._pause()
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        if self._connecting:
            await asyncio.wait(self._connecting)
        self._connections.pre_shutdown()
        await self._connections.shutdown(patience_seconds)

    def _resume(self) -> None:
        loop = asyncio.get_running_loop()
        for listening in self._sockets:
            loop.add_reader(listening, self._accept, listening)

    def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        for listening in self._sockets:
            loop.remove_reader(listening)

    def _accept(self, listening: socket.socket) -> None:
        """Accept the next connections. Without room for them they wait in the system."""
        for number in range(_ACCEPTED_AT_ONCE):
            if number and self._connections.is_full:
                return  # another connection may not be waiting, so none is closed for it
            if not self._connections.make_room():
                self._pause()
                return
            try:
                accepted, _address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # no client waits any more
                return
            except OSError as error:
                self._wait_for_descriptors(error)
                return
            self._is_short = False
            self._connect(accepted)

    def _connect(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)  # noqa: FBT003 - a socket's own method
        self._connections.expect()
        task = asyncio.create_task(self._start_connection(accepted))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _start_connection(self, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._connections, accepted)
        except OSError:  # the client has gone already
            accepted.close()
        finally:
            self._connections.expect(-1)

    def _wait_for_descriptors(self, error: OSError) -> None:
        """Try again in a moment. A shortage is logged once, however long it lasts."""
        if not self._is_short:
            _LOG.warning("No connection can be accepted for now: %s.", error.strerror)
        self._is_short = True
        self._pause()
        asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._resume)


def list_hosts(request: web.BaseRequest) -> list[str]:
    """Return the hosts that a request is for: each `Host`, and the one of a request target in absolute form.

    Source: RFC 9112, "absolute-form": the latter counts, whatever `Host` says.
    """
    target = request.raw_path
    in_target = [] if target.startswith("/") or "://" not in target else [_read_authority(target)]
    return [*request.headers.getall("Host", ()), *in_target]


def _read_authority(target: str) -> str:
    return re.split(r"[/?#]", target.partition("://")[2], maxsplit=1)[0]


def trust(request: web.BaseRequest) -> None:
    """Never close the connection of a request to make room for others: its client has proved who it is."""
    if isinstance(request.protocol, Connection):
        request.protocol.is_trusted = True


async def read_body(request: web.BaseRequest, max_bytes: int, *, to_its_end: bool = False) -> bytes:
    """Return the body of a request.

    `to_its_end`: read even a body that is too large to its end, for clients that read no response before.

    Raises:
        BodyTooLarge: it has more than `max_bytes`.
        BodyTooSlow: it does not arrive within BODY_SECONDS.
        BodyIncomplete: the connection ends before it does.
        BodyEncoded: it has a Content-Encoding.

    """
    if request.headers.get("Content-Encoding", _PLAIN).strip().lower() not in {"", _PLAIN}:
        raise BodyEncoded("A request must have no Content-Encoding.")
    if (request.content_length or 0) > max_bytes and not to_its_end:
        raise _build_too_large(max_bytes)
    connection = request.protocol if isinstance(request.protocol, Connection) else None
    if connection and not request.content.is_eof():
        connection.begin_body()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read_chunks(request, max_bytes, to_its_end=to_its_end)
    except TimeoutError as error:
        raise BodyTooSlow(f"The body of a request must arrive within {BODY_SECONDS} seconds.") from error
    except (web.RequestPayloadError, ConnectionError, RuntimeError) as error:
        # aiohttp raises RuntimeError if the connection ended before the first read.
        raise BodyIncomplete(f"The request is incomplete: {error}") from error
    finally:
        if connection:
            connection.end_body()
    return body


async def _read_chunks(request: web.BaseRequest, max_bytes: int, *, to_its_end: bool) -> bytes:
    body, is_too_large = bytearray(), False
    async for chunk in request.content.iter_any():
        is_too_large = is_too_large or len(body) + len(chunk) > max_bytes
        if is_too_large and not to_its_end:
            break
        if not is_too_large:
            body += chunk
    if is_too_large:
        raise _build_too_large(max_bytes)
    return bytes(body)


def _build_too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"A request may have at most {max_bytes} bytes.")


async def _listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of a host that this computer can listen on."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                sockets.append(_bind(family, address))
            except OSError as error:
                # A computer without IPv6 may still find such an address for a name.
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
                missing = error
    except OSError:
        for listening in sockets:
            listening.close()
        raise
    if missing and not sockets:
        raise missing
    return sockets


def _bind(family: int, address: tuple[Any, ...]) -> socket.socket:
    listening = socket.create_server(address, family=family, backlog=BACKLOG)
    listening.setblocking(False)  # noqa: FBT003 - a socket's own method
    return listening


def _explain(message: str | None) -> str:
    """Return the first line of a parser's message: the others quote the request."""
    first, *_ = (message or "").splitlines() or [""]
    return f"The request is not HTTP: {first.removesuffix(':')}"


def _ignore() -> None:
    """Do nothing: no one waits for room."""
