"""A listener: an HTTP handler, bound to a host and a port."""

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from stepfunctions_local.errors import PortTaken, SettingError

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Listener:
    """Serves one handler. Port 0 takes a free port; after `start`, `port` is that port.

    `option` is the command-line option for the port, which the error for a taken port names.
    """

    handler: Handler
    host: str
    port: int
    option: str
    _runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            PortTaken: another process listens on the port.
            SettingError: this computer cannot listen on the host or port.

        """
        server = web.Server(self._serve, access_log=None)
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise self._build_error(error) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and drop the open connections."""
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
        """The URL for clients on this computer."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - a lookup, not a bind
        host = loopback.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle a request. Ask first for a body that the client holds back: this kind of server does not."""
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        return await self.handler(request)

    def _build_error(self, error: OSError) -> PortTaken | SettingError:
        address = f"{self.host}:{self.port}"
        if error.errno == errno.EADDRINUSE:
            return PortTaken(
                f"{address} is taken by another process: stop it, or choose another port with {self.option}."
            )
        reason = error.strerror or error
        return SettingError(f"Cannot listen on {address} ({reason}): choose another address.")
