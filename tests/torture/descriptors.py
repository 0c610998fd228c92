"""More connections than an endpoint has descriptors, of every kind of client that takes and gives nothing.

Honest clients beside them are served, and so are all after them; what was acknowledged is on disk; and the
log stays short.
"""

import asyncio
import json
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
from rich.console import Console

from tests.torture.endpoint import Endpoint, call, find_free_port
from tests.torture.machines import ROLE, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

LIMITS = (64, 128, 256, 512)
CROWDS = 3
"""The crowds that each endpoint gets, one after the other."""
MOST_TIMES_THE_LIMIT = 3
HONEST = 4
STARTS = 10
"""The starts of each honest client in each crowd."""
PATIENCE_SECONDS = 60.0
MOST_LOG_BYTES = 4_000
SPARE_DESCRIPTORS = 4_096
INPUT = json.dumps({"expirydate": 99_999})

_HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"
KINDS = {
    "silent": b"",
    "half a line": b"POST / HT",
    "half a header": _HEAD[:60],
    "half a body": _HEAD + b"Content-Length: 1000\r\n\r\n{",
    "idle": _HEAD + b"Content-Length: 2\r\n\r\n{}",
    "many requests": 200 * (_HEAD + b"Content-Length: 2\r\n\r\n{}"),
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
}


@dataclass
class Honest:
    """A client that tries again until it is served, on new connections and on one that it keeps."""

    endpoint: Endpoint
    session: aiohttp.ClientSession
    machine: str
    acknowledged: list[str] = field(default_factory=list)
    repeated: int = 0
    longest_seconds: float = 0.0

    async def start(self, name: str) -> None:
        """Start an execution.

        Raises:
            TimeoutError: it is not served within the patience.

        """
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._try_to_start(name):
                self.repeated += 1
                await asyncio.sleep(0.05)
        self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
        self.acknowledged.append(name)

    async def _try_to_start(self, name: str) -> bool:
        body = {"stateMachineArn": self.machine, "name": name, "input": INPUT}
        try:
            await call(self.session, self.endpoint.url, "StartExecution", **body)
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True


@dataclass
class Torture:
    """One run."""

    random: Random
    crowds: int
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    repeated: int = 0
    longest_seconds: float = 0.0
    most_log_bytes: int = 0

    async def attack(self, endpoint: Endpoint) -> None:
        """Send crowds to an endpoint, then kill it, and look for what it had acknowledged."""
        await endpoint.start()
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            created = await call(
                session,
                endpoint.url,
                "CreateStateMachine",
                name="m",
                definition=define_delayed_call(),
                roleArn=ROLE,
            )
            clients = [
                Honest(
                    endpoint,
                    await stack.enter_async_context(_open_session(number)),
                    created["stateMachineArn"],
                )
                for number in range(HONEST)
            ]
            for crowd in range(self.crowds):
                await self._send_crowd(endpoint, clients, crowd)
        await endpoint.kill()
        await self._judge(endpoint, clients)

    async def _send_crowd(self, endpoint: Endpoint, clients: list[Honest], crowd: int) -> None:
        assert endpoint.descriptors
        count = self.random.randint(endpoint.descriptors, MOST_TIMES_THE_LIMIT * endpoint.descriptors)
        async with crowd_of(endpoint.port, self.random.choices(list(KINDS), k=count), self.seen):
            await _start_each(clients, f"during-{crowd}")
        await _start_each(clients, f"after-{crowd}")

    async def _judge(self, endpoint: Endpoint, clients: list[Honest]) -> None:
        log = endpoint.errors.read_text(encoding="utf-8")
        self.most_log_bytes = max(self.most_log_bytes, len(log))
        if len(log) > MOST_LOG_BYTES or "Traceback" in log:
            self.faults.append(
                f"a log of {len(log):,} bytes with {endpoint.descriptors} descriptors: {log[:200]!r}"
            )
        names = {name for client in clients for name in client.acknowledged}
        lost = names - await _read_executions(endpoint, clients[0].machine)
        if lost:
            self.faults.append(f"{len(lost)} of {len(names)} acknowledged executions are lost")
        self.acknowledged += len(names)
        self.repeated += sum(client.repeated for client in clients)
        self.longest_seconds = max(self.longest_seconds, *(client.longest_seconds for client in clients))


def _open_session(number: int) -> aiohttp.ClientSession:
    """Return a session that keeps its connection, or that opens a new one for each request."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=bool(number % 2)))


async def _start_each(clients: list[Honest], prefix: str) -> None:
    async with asyncio.TaskGroup() as group:
        for number, client in enumerate(clients):
            group.create_task(_start_many(client, f"{prefix}-{number}"))


async def _start_many(client: Honest, prefix: str) -> None:
    for number in range(STARTS):
        await client.start(f"{prefix}-{number}")


@asynccontextmanager
async def crowd_of(port: int, kinds: list[str], seen: Counter[str]) -> AsyncIterator[None]:
    """Open connections of these kinds, and hold them."""
    writers: list[asyncio.StreamWriter] = []

    async def connect(kind: str) -> None:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            writer.write(KINDS[kind])
            seen[kind] += 1

    connecting = [asyncio.create_task(connect(kind)) for kind in kinds]
    try:
        await asyncio.wait(connecting, timeout=1)
        yield
    finally:
        for each in connecting:
            each.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()


async def _read_executions(endpoint: Endpoint, machine: str) -> set[str]:
    await endpoint.start()
    async with aiohttp.ClientSession() as session:
        page = await call(session, endpoint.url, "ListExecutions", stateMachineArn=machine, maxResults=1000)
    await endpoint.kill()
    return {execution["name"] for execution in page["executions"]}


def _raise_own_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SPARE_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(SPARE_DESCRIPTORS, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def torture(
    folder: Path,
    rounds: int,
    seed: int,
    console: Console,
    *,
    limits: tuple[int, ...] = LIMITS,
    crowds: int = CROWDS,
) -> Outcome:
    """Send crowds to endpoints with few descriptors."""
    _raise_own_limit()
    run = Torture(Random(seed), crowds)
    with progress("Crowding endpoints", rounds, console) as advance:
        for number in range(rounds):
            limit = run.random.choice(limits)
            endpoint = Endpoint(folder / f"r{number}", find_free_port(), "http://127.0.0.1:9", limit)
            try:
                await run.attack(endpoint)
            except* TimeoutError:
                run.faults.append(f"an honest client was not served, with {limit} descriptors")
            finally:
                await endpoint.kill()
            advance(number + 1)
    figures: dict[str, object] = {
        "endpoints with few descriptors": f"{rounds:,}, {crowds} crowds each",
        "connections of the crowds": f"{run.seen.total():,}",
    }
    figures |= {f"  {kind}": f"{count:,}" for kind, count in sorted(run.seen.items())}
    figures |= {
        "honest starts acknowledged": f"{run.acknowledged:,}, {run.repeated:,} tries repeated",
        "longest honest start": f"{run.longest_seconds:.2f} s, tries included",
        "longest log": f"{run.most_log_bytes:,} bytes",
    }
    return Outcome(f"Descriptors (seed {seed})", figures, run.faults)
