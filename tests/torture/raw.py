"""Requests byte for byte, as a browser or an attacker sends them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

PATIENCE_SECONDS = 60.0
_CONNECTIONS = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request, and how it is named in a fault."""

    port: int
    head: bytes
    """The lines without the empty one at the end."""
    body: bytes = b""

    @classmethod
    def build(
        cls, port: int, line: str, headers: Iterable[tuple[str, str]], body: bytes = b""
    ) -> "RawRequest":
        """Build a request from its first line and headers, in which surrogates stand for bytes."""
        lines = [line, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
        return cls(port, "\r\n".join([*lines, "Connection: close"]).encode(errors="surrogateescape"), body)

    def __str__(self) -> str:
        """Return the beginning of the request."""
        return repr((self.head + b"\r\n\r\n" + self.body)[:400])


@dataclass(frozen=True, slots=True)
class RawResponse:
    """The status and the headers, by their names in lower case. Status 0: the connection was closed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


async def send(request: RawRequest) -> RawResponse:
    """Send a request over a connection of its own.

    Raises:
        TimeoutError: there is no response.

    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", request.port)
        try:
            writer.write(request.head + b"\r\n\r\n" + request.body)
            return _parse(await reader.readuntil(b"\r\n\r\n"))
        except (asyncio.IncompleteReadError, ConnectionError):
            return RawResponse(0)
        finally:
            writer.close()


async def send_all(requests: Iterable[T], handle: Callable[[T], Awaitable[None]]) -> None:
    """Handle all requests, some at a time."""
    waiting = iter(requests)

    async def handle_each() -> None:
        for request in waiting:
            await handle(request)

    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(handle_each())


def _parse(head: bytes) -> RawResponse:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return RawResponse(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs})
