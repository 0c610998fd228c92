"""Clients disconnect in the middle of requests, or send ten megabytes; other clients notice nothing."""

import asyncio
import io
import json
import time
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from random import Random
from statistics import quantiles

import aiohttp
from rich.console import Console

from tests.torture.endpoint import Endpoint, call, find_free_port
from tests.torture.machines import ROLE, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

CLIENTS = 10
START = {"X-Amz-Target": "AWSStepFunctions.StartExecution"}
HUGE_BYTES = 10_000_000
HUGE_EVERY = 20
PATIENCE_SECONDS = 10.0
MOST_GROWTH_MIB = 150
SLOWEST_SECONDS = 5.0


async def torture(folder: Path, rounds: int, seed: int, console: Console) -> Outcome:
    """Let careless clients do their worst beside one client that always gets its answer."""
    random, found = Random(seed), list[str]()
    async with AsyncExitStack() as stack:
        endpoint = Endpoint(folder, find_free_port(), "http://127.0.0.1:9")
        stack.push_async_callback(endpoint.kill)
        await endpoint.start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        created = await call(
            session,
            endpoint.url,
            "CreateStateMachine",
            name="m",
            definition=define_delayed_call(),
            roleArn=ROLE,
        )
        arn, before = created["stateMachineArn"], _resident_mib(endpoint)
        seconds: list[float] = []
        with progress("Disconnecting clients", rounds, console) as advance:
            for number in range(rounds):
                careless = [_disconnect(endpoint, arn, random) for _ in range(CLIENTS)]
                if number % HUGE_EVERY == 0:
                    careless.append(_send_too_much(endpoint, found))
                good = _start(session, endpoint, arn, f"good{number}", seconds)
                await asyncio.wait_for(asyncio.gather(good, *careless), PATIENCE_SECONDS)
                advance(number + 1)
        grown = _resident_mib(endpoint) - before
        found += endpoint.read_complaints()
    if grown > MOST_GROWTH_MIB:
        found.append(f"memory has grown by {grown} MiB")
    if max(seconds) > SLOWEST_SECONDS:
        found.append(f"an answer took {max(seconds):.1f} s")
    figures = {
        "clients disconnected": f"{rounds * CLIENTS:,}",
        "requests of 10 MB": len(range(0, rounds, HUGE_EVERY)),
        "other requests answered": f"{len(seconds):,}, p99 {quantiles(seconds, n=100)[98] * 1000:.1f} ms",
        "memory has grown by": f"{grown} MiB",
    }
    return Outcome(f"Careless clients (seed {seed})", figures, found)


async def _start(
    session: aiohttp.ClientSession, endpoint: Endpoint, arn: str, name: str, seconds: list[float]
) -> None:
    began = time.monotonic()
    text = json.dumps({"expirydate": 9_999, "name": name})
    await call(session, endpoint.url, "StartExecution", stateMachineArn=arn, name=name, input=text)
    seconds.append(time.monotonic() - began)


async def _disconnect(endpoint: Endpoint, arn: str, random: Random) -> None:
    """Send a request up to a random byte, and disconnect."""
    body = json.dumps({"stateMachineArn": arn, "input": json.dumps({"expirydate": 9_999})}).encode()
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.StartExecution\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    _, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(request[: random.randrange(len(request) + 1)])
    await writer.drain()
    await asyncio.sleep(random.random() * 0.01)
    if random.random() < 0.5:
        writer.transport.abort()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _send_too_much(endpoint: Endpoint, found: list[str]) -> None:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(
                endpoint.url, data=io.BytesIO(b"x" * HUGE_BYTES), headers=START
            ) as answer:
                if answer.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    found.append(f"a request of 10 MB was answered {answer.status}")
        except aiohttp.ClientError:
            return  # the endpoint cut it off before the end


def _resident_mib(endpoint: Endpoint) -> int:
    assert endpoint.process
    status = Path(f"/proc/{endpoint.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
