"""An HTTP server whose connections are bounded in number and time. Every listener is one.

No client can hold a connection for long without sending a request, and no number of connections uses up the
descriptors of this process.
"""

import asyncio
import errno
import logging
import socket
from typing import Any, Final

from stepfunctions_local.http.connection import Connections
from stepfunctions_local.http.handler import Handler

_LOG = logging.getLogger(__name__)

BACKLOG: Final = 128
"""Connections that wait in the system to be accepted."""

_ACCEPTED_AT_ONCE: Final = 16

_PAUSE_SECONDS: Final = 0.1
"""The time between two attempts to accept while the system has no descriptor."""


class HttpServer:
    """Serves a handler over at most `max_connections` connections. Further ones wait to be accepted.

    `handler_cancellation`: a request is cancelled when its connection ends.
    """

    def __init__(self, handler: Handler, max_connections: int, *, handler_cancellation: bool = False) -> None:
        self._connections = Connections(handler, max_connections, handler_cancellation=handler_cancellation)
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
