"""One program takes all it can get, and others wait: for an answer, for a start, for the call of a due task.

The worst waits are measured. Only one far beyond the promise is a fault, since the computer may be busy:
`make bench` measures against the promise itself.
"""

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from aiohttp import web
from rich.console import Console

from bench.greedy import LOOP, MAP, TASK
from tests.torture.endpoint import Endpoint, Refused, call, find_free_port
from tests.torture.kills import Function
from tests.torture.machines import ROLE, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

SECONDS = 4.0
"""How long others are observed beside each load."""
LONGEST_WAIT_SECONDS = 20.0
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.02
SLOW_SECONDS = 3.0
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}

MACHINES = {"loop": json.dumps(LOOP), "map": json.dumps(MAP), "large": json.dumps(TASK)}


@dataclass
class Functions(Function):
    """A Lambda endpoint of which one function is slow."""

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Return the payload, slowly if it is for the slow function."""
        if "/slow/" in request.path:
            await asyncio.sleep(SLOW_SECONDS)
            return web.json_response(None)
        return await super().__call__(request)


@dataclass
class Waits:
    """The longest waits of others, in seconds."""

    describe: float = 0.0
    start: float = 0.0
    call: float = 0.0

    def add(self, other: "Waits") -> None:
        """Take the longer ones of two."""
        self.describe = max(self.describe, other.describe)
        self.start = max(self.start, other.start)
        self.call = max(self.call, other.call)

    @property
    def longest(self) -> float:
        """The longest of all."""
        return max(self.describe, self.start, self.call)

    def __str__(self) -> str:
        """Return the waits by kind."""
        return f"describe {self.describe:.2f} s, start {self.start:.2f} s, call {self.call:.2f} s late"


@dataclass
class Round:
    """An endpoint, the clients on it, and what they know."""

    endpoint: Endpoint
    session: aiohttp.ClientSession
    random: Random
    functions: Functions
    machines: dict[str, str] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    """The start times of others' tasks."""
    loops: list[str] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)
    is_closing: bool = False

    async def create(self) -> None:
        """Create the state machines."""
        definitions = MACHINES | {"other": define_delayed_call(), "slow": define_delayed_call("slow")}
        for name, definition in definitions.items():
            created = await self.call("CreateStateMachine", name=name, definition=definition, roleArn=ROLE)
            self.machines[name] = created["stateMachineArn"]

    async def call(self, operation: str, **body: Any) -> dict[str, Any]:
        """Call the API."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await call(self.session, self.endpoint.url, operation, **body)

    async def start(self, machine: str, value: object, name: str) -> dict[str, Any]:
        """Start an execution."""
        arn = self.machines[machine]
        return await self.call("StartExecution", stateMachineArn=arn, name=name, input=json.dumps(value))

    async def observe(self) -> None:
        """Describe an execution and start tasks again and again, and note the longest waits."""
        first = await self.start("other", {"expirydate": 99_999, "name": "first"}, "first")
        await asyncio.gather(self._describe_repeatedly(first["executionArn"]), self._start_repeatedly())

    async def _describe_repeatedly(self, arn: str) -> None:
        while not self.is_closing:
            began = time.monotonic()
            await self.call("DescribeExecution", executionArn=arn)
            self.waits.describe = max(self.waits.describe, time.monotonic() - began)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _start_repeatedly(self) -> None:
        number = 0
        while not self.is_closing:
            name, began = f"other{number}", time.monotonic()
            answer = await self.start("other", {"expirydate": 1, "name": name}, name)
            self.started[name] = answer["startDate"]
            self.waits.start = max(self.waits.start, time.monotonic() - began)
            number += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def await_calls(self) -> list[str]:
        """Wait for the calls of others' tasks, and return the names of those without one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.started.keys() - self.functions.calls.keys() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(PAUSE_SECONDS)
        for name, started in self.started.items():
            if calls := self.functions.calls.get(name):
                self.waits.call = max(self.waits.call, calls[0] - started - 1)
        return sorted(self.started.keys() - self.functions.calls.keys())

    async def stop_loops(self) -> None:
        """Stop what never ends."""
        for arn in self.loops:
            with suppress(Refused):
                await self.call("StopExecution", executionArn=arn)


async def loop(run: Round) -> None:
    """Start executions that loop with a large input."""
    for number in range(run.random.randint(1, 3)):
        text = {"text": "x" * run.random.choice((20_000, 100_000, 250_000))}
        run.loops.append((await run.start("loop", text, f"loop{number}"))["executionArn"])


async def map_all(run: Round) -> None:
    """Start an execution with a big Map, of which each iteration copies a large text."""
    items = list(range(run.random.randint(500, 2_000)))
    await run.start("map", {"items": items, "text": "x" * run.random.choice((2_000, 200_000))}, "map")


async def start_large(run: Round) -> None:
    """Start many tasks with large inputs, all due at the same time."""
    text, count = "x" * 250_000, run.random.randint(100, 400)

    async def start_some(first: int) -> None:
        for number in range(first, count, 8):
            await run.start("large", {"expirydate": 2, "text": text}, f"large{number}")

    await asyncio.gather(*(start_some(first) for first in range(8)))


async def call_slowly(run: Round) -> None:
    """Start tasks of a slow function, many more than may be called at a time."""
    for number in range(200):
        await run.start("slow", {"expirydate": 0, "name": "slow"}, f"slow{number}")


Load = Callable[[Round], Coroutine[Any, Any, None]]
LOADS: tuple[Load, ...] = (loop, map_all, start_large, call_slowly)


async def measure(run: Round, loads: list[Load], seconds: float) -> list[str]:
    """Let others wait beside these loads, and return the faults."""
    await run.create()
    async with asyncio.TaskGroup() as group:
        observing = group.create_task(run.observe())
        loading = [group.create_task(load(run)) for load in loads]
        await asyncio.wait([*loading, observing], timeout=seconds)
        await asyncio.sleep(seconds)
        await asyncio.gather(*loading)
        run.is_closing = True
    await run.stop_loops()
    missing = await run.await_calls()
    text = run.endpoint.errors.read_text(encoding="utf-8")
    judgements = {
        f"{len(missing)} of {len(run.started)} tasks of others were not called": not missing,
        f"others waited: {run.waits}": run.waits.longest <= LONGEST_WAIT_SECONDS,
        f"standard error: {text[:300]!r}": not text,
    }
    return [fault for fault, is_right in judgements.items() if not is_right]


async def torture(
    folder: Path, rounds: int, seed: int, console: Console, *, seconds: float = SECONDS
) -> Outcome:
    """Measure the waits of others beside every load, and beside two at a time."""
    random, faults, seen = Random(seed), list[str](), Counter[str]()
    waits, others = {load: Waits() for load in LOADS}, 0
    with progress("Taking all there is", rounds, console) as advance:
        for number in range(rounds):
            loads = [LOADS[number % len(LOADS)]]
            if number >= len(LOADS) and random.random() < 0.5:
                loads = random.sample(LOADS, 2)
            async with AsyncExitStack() as stack:
                functions, records = Functions(), folder / f"r{number}"
                endpoint = Endpoint(records, find_free_port(), await functions.serve(stack))
                stack.push_async_callback(endpoint.kill)
                session = await stack.enter_async_context(aiohttp.ClientSession())
                await endpoint.start()
                run = Round(endpoint, session, random, functions)
                names = " and ".join(load.__name__ for load in loads)
                faults += [f"{names}: {fault}" for fault in await measure(run, loads, seconds)]
            for load in loads:
                waits[load].add(run.waits)
                seen[load.__name__] += 1
            others += len(run.started)
            await asyncio.to_thread(shutil.rmtree, records)
            advance(number + 1)
    figures: dict[str, object] = {"tasks of others": f"{others:,}"}
    for load in LOADS:
        name = load.__name__.replace("_", " ")
        figures[f"beside {name}, {seen[load.__name__]} times"] = f"{waits[load]}"
    return Outcome(f"Fairness: longest waits of others (seed {seed})", figures, faults)
