"""Connections are bounded in number and time, and malformed requests do not fill the log."""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from stepfunctions_local import http
from stepfunctions_local.http.body import BodyError, read_body
from stepfunctions_local.http.connection import trust
from stepfunctions_local.http.hosts import list_hosts
from stepfunctions_local.http.server import HttpServer

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE_SECONDS = 30


@dataclass
class Client:
    """A connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> bytes:
        """Send bytes, and return the status line and the body of the response; nothing if there is none."""
        self.writer.write(request)
        return await self.receive()

    async def receive(self) -> bytes:
        """Return the next response; nothing if the server closes the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return b""
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            return head.partition(b"\r\n")[0] + b" " + await self.reader.readexactly(length)

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def is_closed(self) -> bool:
        """Return once the server has closed the connection."""
        return await self.receive() == b""


@dataclass
class Served:
    """A server whose handler returns the body, once it may."""

    limit: int = 10
    may_return: asyncio.Event = field(default_factory=asyncio.Event)
    is_handling: asyncio.Event = field(default_factory=asyncio.Event)
    clients: list[Client] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the body of a request. The client that names the host "known" is trusted."""
        self.hosts = list_hosts(request)
        if "known" in self.hosts:
            trust(request)
        try:
            body = await read_body(request, 10)
        except BodyError as error:
            return web.Response(status=400, text=type(error).__name__)
        self.is_handling.set()
        await self.may_return.wait()
        return web.Response(body=body)

    async def open(self) -> Client:
        """Open a connection."""
        self.clients.append(Client(*await asyncio.open_connection("127.0.0.1", self.server.port)))
        return self.clients[-1]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Served"]:
        """Serve until the context ends."""
        self.server = HttpServer(self.handle, self.limit)
        await self.server.start("127.0.0.1", 0)
        try:
            yield self
        finally:
            for client in self.clients:
                await client.close()
            await self.server.close(0.01)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with Served().running() as served:
        served.may_return.set()
        yield served


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.body, "BODY_SECONDS", 0.05)
    for name in ("HEADER_SECONDS", "IDLE_SECONDS", "UNREAD_SECONDS"):
        monkeypatch.setattr(http.connection, name, 0.05)


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections make room at once."""
    monkeypatch.setattr(http.connection, "REST_SECONDS", 0)


def of_limit(limit: int) -> Any:
    return Served(limit=limit).running()


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("begun", [b"", b"POST / HT", REQUEST[:30]], ids=["nothing", "a line", "a header"])
async def test_header_that_does_not_end_is_timed_out(served: Served, begun: bytes) -> None:
    """The connection is closed, whatever has arrived of the header."""
    client = await served.open()
    client.writer.write(begun)
    assert await client.is_closed()


async def test_second_header_that_does_not_end_is_timed_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that has been served is no better."""
    client = await served.open()
    assert await client.send(REQUEST) == b"HTTP/1.1 200 OK {}"
    monkeypatch.setattr(http.connection, "HEADER_SECONDS", 0.05)
    assert await client.send(REQUEST[:30]) == b""


@pytest.mark.usefixtures("hurry")
async def test_idle_connection_is_closed(served: Served) -> None:
    """It is kept for a while between two requests."""
    client = await served.open()
    assert await client.send(REQUEST) == b"HTTP/1.1 200 OK {}"
    assert await client.is_closed()


async def test_body_that_does_not_end_is_timed_out(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler gets an error to answer with, and the connection is closed."""
    monkeypatch.setattr(http.body, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(http.connection, "_LINGERING_SECONDS", 0.05)
    client = await served.open()
    assert await client.send(REQUEST[:-1]) == b"HTTP/1.1 400 Bad Request BodyTooSlow"
    assert await client.is_closed()


async def test_response_that_is_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client cannot keep a large response in memory by not reading it."""
    monkeypatch.setattr(http.connection, "UNREAD_SECONDS", 0.05)
    ended = asyncio.Event()

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        asyncio.current_task().add_done_callback(lambda _: ended.set())  # type: ignore[union-attr] # it is in one
        return web.Response(body=bytes(50_000_000))

    server = HttpServer(handle, 2)
    await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
    writer.write(REQUEST)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ended.wait()
    await Client(reader, writer).close()
    await server.close(0.01)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (REQUEST.replace(b": 2", b": 11"), b"BodyTooLarge"),
        (REQUEST.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked") + b"0" * 11, b""),
        (REQUEST.replace(b"Host", b"Content-Encoding: gzip\r\nHost"), b"BodyEncoded"),
        (REQUEST.replace(b"Host", b"Content-Encoding: unknown\r\nHost"), b"BodyEncoded"),
        (REQUEST.replace(b"Host", b"Content-Encoding: \r\nHost"), b"{}"),
        (REQUEST.replace(b"Host", b"Content-Encoding: Identity\r\nHost"), b"{}"),
    ],
    ids=["length", "chunk", "gzip", "unknown", "empty", "identity"],
)
async def test_body_that_cannot_be_used_is_refused_at_once(
    served: Served, request_: bytes, error: bytes
) -> None:
    """Before the rest of it arrives."""
    client = await served.open()
    assert error in await client.send(request_)


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: \x01\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nA: " + b"b" * 50_000 + b"\r\n\r\n",
        b"POST http://[ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
    ids=["garbage", "HTTP/2", "control", "length", "many", "long", "URL", "TLS"],
)
async def test_malformed_request_is_answered_without_a_line_in_the_log(
    served: Served, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Anyone can send many of them. The answer is AWS's, in JSON, and the connection is closed."""
    client = await served.open()
    assert b'{"__type": "MalformedHttpRequestException", "message": "The ' in await client.send(garbage)
    assert await client.is_closed()
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.usefixtures("restless")
async def test_silent_connections_make_room_first() -> None:
    """A connection that has been served stays open though it is older."""
    async with of_limit(3) as served:
        served.may_return.set()
        used = await served.open()
        assert await used.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        silent = [await served.open() for _ in range(20)]
        assert await used.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        assert all([await client.is_closed() for client in silent[:18]])


@pytest.mark.usefixtures("restless")
async def test_idle_connections_make_room_too() -> None:
    """The one that has been idle longest."""
    async with of_limit(2) as served:
        served.may_return.set()
        first, second = await served.open(), await served.open()
        for client in (first, second, first):
            assert await client.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        third = await served.open()
        assert await third.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        assert await second.is_closed()
        assert await first.send(REQUEST) == b"HTTP/1.1 200 OK {}"


@pytest.mark.usefixtures("restless")
async def test_trusted_connection_makes_no_room() -> None:
    """However long it has been idle."""
    async with of_limit(2) as served:
        served.may_return.set()
        known = await served.open()
        assert await known.send(REQUEST.replace(b"Host: x", b"Host: known")) == b"HTTP/1.1 200 OK {}"
        for _ in range(5):
            stranger = await served.open()
            assert await stranger.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        assert await known.send(REQUEST) == b"HTTP/1.1 200 OK {}"


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"/x?y=http://z", []),
        (b"http://evil.example:80/x", ["evil.example:80"]),
        (b"HTTP://evil.example?x", ["evil.example"]),
        (b"http://xn--0c00-/x", ["xn--0c00-"]),
        (b"http://xn--0c00-.localhost", ["xn--0c00-.localhost"]),
    ],
)
async def test_host_in_the_target_counts(
    served: Served, caplog: pytest.LogCaptureFixture, target: bytes, host: list[str]
) -> None:
    """As a proxy gets it. One that IDNA cannot decode is answered too, without a line in the log."""
    client = await served.open()
    request = REQUEST.replace(b"POST / ", b"POST %b " % target)
    assert await client.send(request) == b"HTTP/1.1 200 OK {}"
    assert served.hosts == ["x", *host]
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]


@pytest.mark.usefixtures("restless")
async def test_slow_bodies_make_room_too() -> None:
    """So they keep no one out until their time is over."""
    async with of_limit(2) as served:
        served.may_return.set()
        slow = [await served.open() for _ in range(2)]
        for client in slow:
            client.writer.write(REQUEST[:-1])
        honest = await served.open()
        assert await honest.send(REQUEST) == b"HTTP/1.1 200 OK {}"


@pytest.mark.parametrize("begun", [b"", REQUEST[:30], REQUEST[:-1]], ids=["nothing", "a header", "a body"])
async def test_connection_that_has_just_come_makes_no_room(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Its client may be slow. The next connection waits until there is room."""
    monkeypatch.setattr(http.connection, "REST_SECONDS", 3_600)
    async with of_limit(2) as served:
        served.may_return.set()
        slow = [await served.open() for _ in range(2)]
        for client in slow:
            client.writer.write(begun)
        waiting = await served.open()
        waiting.writer.write(REQUEST)
        for client in slow:
            assert await client.send(REQUEST[len(begun) :]) == b"HTTP/1.1 200 OK {}"
        await slow[0].close()
        assert await waiting.receive() == b"HTTP/1.1 200 OK {}"


async def test_clients_that_never_rest_keep_no_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they have done so for a while, one of them makes room between two requests."""
    monkeypatch.setattr(http.connection, "REST_SECONDS", 0.05)
    async with of_limit(1) as served:
        served.may_return.set()
        busy = await served.open()
        requests = asyncio.create_task(send_until_closed(busy))
        waiting = await served.open()
        assert await waiting.send(REQUEST) == b"HTTP/1.1 200 OK {}"
        await requests


async def send_until_closed(client: Client) -> None:
    """Send one request after the other."""
    while await client.send(REQUEST):
        pass


@pytest.mark.usefixtures("restless")
async def test_connection_waits_while_all_others_are_busy() -> None:
    """No request that is being handled is dropped. The next connection is served once one is done."""
    async with of_limit(1) as served:
        busy = await served.open()
        busy.writer.write(REQUEST)
        await served.is_handling.wait()
        waiting = await served.open()
        waiting.writer.write(REQUEST)
        served.may_return.set()
        assert await busy.receive() == b"HTTP/1.1 200 OK {}"
        assert await waiting.receive() == b"HTTP/1.1 200 OK {}"


async def test_shortage_of_descriptors_is_logged_once(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often accepting fails. Afterwards connections are served again."""
    monkeypatch.setattr(http.server, "_PAUSE_SECONDS", 0)
    failures = 5
    accept = socket.socket.accept

    def fail(listening: socket.socket) -> Any:
        nonlocal failures
        failures -= 1
        if failures > 0:
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(listening)

    monkeypatch.setattr(socket.socket, "accept", fail)
    client = await served.open()
    assert await client.send(REQUEST) == b"HTTP/1.1 200 OK {}"
    assert caplog.messages == ["No connection can be accepted for now: Too many open files."]


async def test_address_that_this_computer_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of IPv6 where there is none. Without any address, the error is raised."""
    loop = asyncio.get_running_loop()
    missing = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))
    local = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    for found, listens in ([missing, local], True), ([missing], False):

        async def resolve(*_: object, found: list[Any] = found, **__: object) -> list[Any]:
            return found

        monkeypatch.setattr(loop, "getaddrinfo", resolve)
        server = HttpServer(Served().handle, 1)
        if listens:
            await server.start("localhost", 0)
            await server.close(0.01)
        else:
            with pytest.raises(OSError, match="assign requested address"):
                await server.start("localhost", 0)
