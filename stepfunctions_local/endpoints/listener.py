"""One HTTP listener: a handler, bound to a host and a port."""

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from stepfunctions_local.errors import PortTaken, SettingError

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Listener:
    """Serves one handler. `port` 0 takes a free port; after `start` it is the port that was taken.

    `option` is the command-line option that moves the port, for the message when it is taken.
    """

    handler: Handler
    host: str
    port: int
    option: str
    _runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            PortTaken: somebody else listens there.
            SettingError: the host or port is none of this machine's.

        """
        server = web.Server(self._served, access_log=None)
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise self._refused(error) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and drop the connections that are open."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self.close()

    @property
    def url(self) -> str:
        """Where a client on this machine finds it."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - looked up, not bound
        host = everywhere.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    async def _served(self, request: web.BaseRequest) -> web.StreamResponse:
        """Ask for a body that the client holds back: this kind of server leaves that to its handler."""
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        return await self.handler(request)

    def _refused(self, error: OSError) -> PortTaken | SettingError:
        where = f"{self.host}:{self.port}"
        if error.errno == errno.EADDRINUSE:
            return PortTaken(
                f"{where} is taken by another process: stop it, or choose another port with {self.option}."
            )
        return SettingError(f"Cannot listen on {where} ({error.strerror or error}): choose another address.")
