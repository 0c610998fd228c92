"""A worker's Runtime API serves that worker alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from stepfunctions_local.lambdas.invocation import Delivery, Invocation, Responded
from stepfunctions_local.lambdas.runtime_api import MAX_CONNECTIONS, RuntimeApi
from stepfunctions_local.lambdas.session import RuntimeSession
from tests.contract.lambdas.harness import Client, Functions

DELIVERY = Delivery(Invocation("1", b'"secret event"', "arn", "Root=1"), deadline_ms=0)
RUNTIME = "/2018-06-01/runtime"
NEXT = f"{RUNTIME}/invocation/next"
ATTACKS = [
    ("GET", NEXT),
    ("POST", f"{RUNTIME}/invocation/1/response"),
    ("POST", f"{RUNTIME}/invocation/1/error"),
    ("POST", f"{RUNTIME}/init/error"),
]


@dataclass(frozen=True)
class Raw:
    """Sends requests over sockets of its own, from a process that is not the worker."""

    address: str

    @property
    def secret(self) -> str:
        """The first part of the worker's paths."""
        return "/" + self.address.partition("/")[2]

    async def send(self, method: str, path: str, **headers: str) -> bytes:
        """Send a request, and return the answer."""
        reader, writer = await self.open(method, path, **headers)
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return answer

    async def open(
        self, method: str, path: str, **headers: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request without waiting for the answer."""
        host, _, port = self.address.partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = {"Host": f"{host}:{port}", "Content-Length": "2", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n{{}}".encode())
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[RuntimeSession, Raw]]:
    session = RuntimeSession()
    api = await RuntimeApi(session).start()
    try:
        yield session, Raw(api.address)
    finally:
        session.end(0)
        await api.close()


def is_forbidden(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(("method", "path"), ATTACKS)
@pytest.mark.parametrize("prefix", ["", "/", "/wrong", "/%ff", "/wr%C3%B6ng"])
async def test_request_without_the_secret_is_refused(method: str, path: str, prefix: str) -> None:
    """It takes no invocation, forges no answer, and does not fail the worker."""
    async with serving() as (session, raw):
        reply = session.deliver(DELIVERY)
        assert is_forbidden(await raw.send(method, prefix + path))
        assert not reply.done()
        assert not session.ready.done()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
    ids=lambda headers: str(*headers.values()),
)
async def test_web_page_is_refused_even_with_the_secret(headers: dict[str, str]) -> None:
    """A worker has no pages, not even one of its own."""
    async with serving() as (session, raw):
        assert is_forbidden(await raw.send("GET", raw.secret + NEXT, **headers))
        assert not session.ready.done()


async def test_worker_has_one_waiting_poll() -> None:
    """A second one gets 409, and the first one its invocation."""
    async with serving() as (session, raw):
        reader, writer = await raw.open("GET", raw.secret + NEXT)
        await session.ready
        assert (await raw.send("GET", raw.secret + NEXT)).startswith(b"HTTP/1.1 409 ")
        session.deliver(DELIVERY)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_poll_ends_with_its_connection() -> None:
    """It takes no invocation that it could not pass on: the next poll gets it."""
    async with serving() as (session, raw):
        _, writer = await raw.open("GET", raw.secret + NEXT)
        await session.ready
        writer.close()
        await writer.wait_closed()
        await raw.send("GET", "/")  # the server has seen the end of the other connection then
        session.deliver(DELIVERY)
        assert (await raw.send("GET", raw.secret + NEXT)).startswith(b"HTTP/1.1 200 ")
        path = f"{raw.secret}{RUNTIME}/invocation/1/response"
        assert (await raw.send("POST", path)).startswith(b"HTTP/1.1 202 ")


async def test_secrets_of_two_workers_differ() -> None:
    """One worker cannot act for another."""
    async with serving() as (_, first), serving() as (_, second):
        assert is_forbidden(await second.send("GET", first.secret + NEXT))


async def test_worker_goes_on_after_an_attack(client: Client, functions: Functions) -> None:
    """The attacker knows its port, which anybody on the machine can look up."""
    functions.add("environment")
    address = (await client.invoke("environment")).json()["variables"]["AWS_LAMBDA_RUNTIME_API"]
    raw = Raw(address)
    assert len(raw.secret) > 40
    assert all([is_forbidden(await raw.send(method, path)) for method, path in ATTACKS])
    reply = await client.invoke("environment")
    assert json.loads(reply.body)["variables"]["AWS_LAMBDA_RUNTIME_API"] == address
    assert reply.function_error is None


async def test_crowd_without_the_secret_takes_no_worker_its_connection() -> None:
    """However many connect: the worker would end, and with it the call that it runs."""
    async with serving() as (_, raw):
        reader, writer = await raw.open("GET", f"{raw.secret}/x")
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 404 ")
        crowd = [await raw.open("GET", "/") for _ in range(2 * MAX_CONNECTIONS)]
        async with asyncio.timeout(60):
            await asyncio.gather(*(stranger.read() for stranger, _ in crowd))
        writer.write(f"GET {raw.secret}/x HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 404 ")
        for _, each in [*crowd, (reader, writer)]:
            each.close()


async def test_failure_to_load_is_reported_with_the_secret(client: Client, functions: Functions) -> None:
    """The part of the runtime client that reports it is not the one that polls."""
    functions.add("missing", handler="missing.handler")
    reply = await client.invoke("missing")
    assert reply.json()["errorType"] == "Runtime.ImportModuleError"


async def test_answer_needs_the_id_of_the_invocation() -> None:
    """The secret alone does not end another invocation."""
    async with serving() as (session, raw):
        reply = session.deliver(DELIVERY)
        path = f"{raw.secret}{RUNTIME}/invocation/2/response"
        assert (await raw.send("POST", path)).startswith(b"HTTP/1.1 400 ")
        session.respond("1", Responded(b"mine"))
        assert await reply == Responded(b"mine")


async def test_crowd_at_its_port_does_not_keep_the_worker_out() -> None:
    """Silent connections are closed for it, and cost this process few descriptors."""
    async with serving() as (session, raw):
        host, _, port = raw.address.partition("/")[0].partition(":")
        crowd = [await asyncio.open_connection(host, int(port)) for _ in range(20)]
        session.deliver(DELIVERY)
        assert (await raw.send("GET", raw.secret + NEXT)).startswith(b"HTTP/1.1 200 ")
        for _, writer in crowd:
            writer.close()
