"""Tasks as fast as they can be started, while the endpoint is killed again and again.

What was acknowledged must have ended as it should: not lost, not early, no wait done twice, and the function
called, for at least once is what is promised for calls.
"""

import asyncio
import itertools
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

import aiohttp
from aiohttp import web
from rich.console import Console

from tests.torture.endpoint import Endpoint, Refused, call, free_port
from tests.torture.history import faults, lateness_seconds
from tests.torture.machines import ROLE, Task, delayed_call, delayed_calls_in_branches
from tests.torture.outcome import Outcome
from tests.torture.progress import Advance, progress

CONNECTIONS = 16
STOPPED_SHARE = 0.02
GIVEN_UP_SHARE = 0.2
"""Of the requests that are not answered so many are not made again: such a task may be there or not."""
KILLS_WHILE_FIRING_SHARE = 0.2
PATIENCE_SECONDS = 120.0
A_DAY_SECONDS = 86_400
RETRY_PAUSE_SECONDS = 0.02

MACHINES = {"plain": delayed_call(), "branched": delayed_calls_in_branches()}
BRANCHED_SHARE = 0.2
MOST_BRANCHES = 5


@dataclass
class Function:
    """Stands for the Lambda endpoint: answers with the payload, and remembers when each task was called."""

    calls: dict[str, list[float]] = field(default_factory=dict)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Answer an Invoke."""
        payload = await request.json()
        self.calls.setdefault(payload["name"], []).append(time.time())
        return web.json_response(payload)

    async def serve(self, stack: AsyncExitStack) -> str:
        """Listen, and return where."""
        runner = web.ServerRunner(web.Server(self, access_log=None))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"


@dataclass
class Record:
    """What the clients know."""

    acknowledged: dict[Task, float] = field(default_factory=dict)
    """Tasks that must be there, with their start."""
    unknown: list[Task] = field(default_factory=list)
    unanswered: int = 0


@dataclass
class Torture:
    """One run."""

    endpoint: Endpoint
    session: aiohttp.ClientSession
    random: Random
    function: Function
    record: Record = field(default_factory=Record)
    machines: dict[str, str] = field(default_factory=dict)
    kills: int = 0

    async def create(self) -> None:
        """Create the state machines of all tasks."""
        for name, definition in MACHINES.items():
            created = await call(
                self.session,
                self.endpoint.url,
                "CreateStateMachine",
                name=name,
                definition=definition,
                roleArn=ROLE,
            )
            self.machines[name] = created["stateMachineArn"]

    async def start_all(self, tasks: list[Task]) -> None:
        """Start tasks on many connections."""
        waiting = iter(tasks)
        await asyncio.gather(*(self._start_each(waiting) for _ in range(CONNECTIONS)))

    async def _start_each(self, tasks: Any) -> None:  # noqa: ANN401 - an iterator that is shared
        for task in tasks:
            started = await self._started(task)
            if started is None:
                self.record.unknown.append(task)
                continue
            if task.stopped:
                await self._insist("StopExecution", executionArn=self.execution(task))
            self.record.acknowledged[task] = started

    async def _started(self, task: Task) -> float | None:
        """Start a task and return when it began; nothing where the client does not know."""
        while True:
            try:
                answer = await call(
                    self.session,
                    self.endpoint.url,
                    "StartExecution",
                    stateMachineArn=self.machine(task),
                    name=task.name,
                    input=task.input,
                )
            except Refused as refusal:
                if refusal.type != "ExecutionAlreadyExists":
                    raise
                answer = await self._insist("DescribeExecution", executionArn=self.execution(task))
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(RETRY_PAUSE_SECONDS)
                continue
            except aiohttp.ClientError:
                self.record.unanswered += 1
                if self.random.random() < GIVEN_UP_SHARE:
                    return None
                await asyncio.sleep(RETRY_PAUSE_SECONDS)
                continue
            began: float = answer["startDate"]
            return began

    async def _insist(self, operation: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        while True:
            try:
                return await call(self.session, self.endpoint.url, operation, **body)
            except aiohttp.ClientError:
                await asyncio.sleep(RETRY_PAUSE_SECONDS)

    async def kill_while_starting(self, kills: int, tasks: int, advance: Advance) -> None:
        """Kill the endpoint at random moments until so many tasks are started."""
        for at in sorted(self.random.randrange(tasks) for _ in range(kills)):
            while self._known < at:
                await asyncio.sleep(0.001)
                advance(self._known)
            await asyncio.sleep(self.random.random() * 0.05)
            await self.restart()
        while self._known < tasks:
            await asyncio.sleep(0.05)
            advance(self._known)

    @property
    def _known(self) -> int:
        return len(self.record.acknowledged) + len(self.record.unknown)

    async def restart(self) -> None:
        """Kill the endpoint and start it again."""
        await self.endpoint.kill()
        await self.endpoint.start()
        self.kills += 1

    async def kill_while_firing(self, kills: int, seconds: int) -> None:
        """Kill the endpoint in the seconds in which the tasks that were started become due."""
        for _ in range(kills):
            await asyncio.sleep(self.random.random() * seconds / max(kills, 1))
            await self.restart()

    async def stop_unknown(self) -> None:
        """Stop what its client gave up before it could stop it: it would run for a day."""
        for task in self.record.unknown:
            if task.stopped and await self.history(task):
                await self._insist("StopExecution", executionArn=self.execution(task))

    async def all_ended(self) -> bool:
        """Wait until nothing runs any more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            running = [await self._some_running(arn) for arn in self.machines.values()]
            if not any(running):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _some_running(self, machine: str) -> bool:
        page = await self._insist(
            "ListExecutions", stateMachineArn=machine, statusFilter="RUNNING", maxResults=1
        )
        return bool(page["executions"])

    def machine(self, task: Task) -> str:
        """Return the ARN of a task's state machine."""
        return self.machines["branched" if task.branches else "plain"]

    def execution(self, task: Task) -> str:
        """Return a task's ARN."""
        return f"{self.machine(task).replace(':stateMachine:', ':execution:')}:{task.name}"

    async def history(self, task: Task) -> list[dict[str, Any]] | None:
        """Return a task's history; nothing where there is no such task."""
        try:
            answer = await self._insist("GetExecutionHistory", executionArn=self.execution(task))
        except Refused as refusal:
            if refusal.type != "ExecutionDoesNotExist":
                raise
            return None
        events: list[dict[str, Any]] = answer["events"]
        return events


@dataclass
class Findings:
    """What the histories tell."""

    faults: list[str] = field(default_factory=list)
    late_seconds: list[float] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, task: Task, started: float | None, events: list[dict[str, Any]] | None) -> None:
        """Look at a history. `started` is what was acknowledged, if it was."""
        if events is None:
            self.seen["absent"] += 1
            if started is not None:
                self.faults.append(f"{task.name}: acknowledged, and lost")
            return
        self.seen["present"] += 1
        self.seen["not acknowledged, and present"] += started is None
        if started is None and task.stopped:
            return
        self.faults.extend(faults(task, events))
        if started is not None and events[0]["timestamp"] != started:
            self.faults.append(f"{task.name}: started at {events[0]['timestamp']}, acknowledged {started}")
        self.late_seconds += lateness_seconds(events)

    def add_calls(self, task: Task, started: float, made: dict[str, list[float]]) -> None:
        """Look at the calls of a task that was acknowledged."""
        for name, delay_seconds in task.calls.items():
            calls = made.get(name, [])
            if task.stopped:
                if calls:
                    self.faults.append(f"{name}: stopped a day before it was due, and called")
            elif not calls:
                self.faults.append(f"{name}: never called")
            elif calls[0] < started + delay_seconds:
                self.faults.append(f"{name}: called {started + delay_seconds - calls[0]:.3f} s early")


async def torture(
    folder: Path, tasks: int, kills: int, seed: int, console: Console, *, longest_delay_seconds: int = 10
) -> Outcome:
    """Run it all: start, kill, wait for the end, and look at every history."""
    random, function, began = Random(seed), Function(), time.monotonic()  # noqa: S311 - to be repeated
    wanted = [_task(number, random, longest_delay_seconds) for number in range(tasks)]
    async with AsyncExitStack() as stack:
        endpoint = Endpoint(folder, free_port(), await function.serve(stack))
        stack.push_async_callback(endpoint.kill)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        run = Torture(endpoint, session, random, function)
        await endpoint.start()
        await run.create()
        firing = round(kills * KILLS_WHILE_FIRING_SHARE)
        with progress("Starting tasks", tasks, console) as advance:
            await _both(run.start_all(wanted), run.kill_while_starting(kills - firing, tasks, advance))
        seconds = time.monotonic() - began
        await run.kill_while_firing(firing, longest_delay_seconds)
        await run.stop_unknown()
        ended = await run.all_ended()
        findings = await _look(run, console)
        findings.faults.extend(endpoint.complaints())
        if not ended:
            findings.faults.append(f"after {PATIENCE_SECONDS:.0f} s there are tasks that have not ended")
        return Outcome(f"Kills (seed {seed})", _figures(run, findings, seconds), findings.faults)


async def _both(starting: Any, killing: Any) -> None:  # noqa: ANN401 - coroutines
    """Run both; where one fails, so does the other."""
    async with asyncio.TaskGroup() as group:
        group.create_task(starting)
        group.create_task(killing)


def _task(number: int, random: Random, longest_delay_seconds: int) -> Task:
    if random.random() < STOPPED_SHARE:
        delays = [A_DAY_SECONDS] * MOST_BRANCHES
        stopped = True
    else:
        delays = [random.randrange(longest_delay_seconds + 1) for _ in range(MOST_BRANCHES)]
        stopped = False
    branches = delays[: random.randint(1, MOST_BRANCHES)] if random.random() < BRANCHED_SHARE else []
    return Task(f"t{number}", delays[0], stopped, tuple(branches))


async def _look(run: Torture, console: Console) -> Findings:
    findings = Findings()
    known = dict.fromkeys(run.record.unknown) | run.record.acknowledged
    waiting, done = iter(known.items()), itertools.count(1)

    async def look_at_each(advance: Advance) -> None:
        for task, started in waiting:
            findings.add(task, started, await run.history(task))
            if started is not None:
                findings.add_calls(task, started, run.function.calls)
            advance(next(done))

    with progress("Reading histories", len(known), console) as advance:
        await asyncio.gather(*(look_at_each(advance) for _ in range(CONNECTIONS)))
    return findings


def _figures(run: Torture, findings: Findings, seconds: float) -> dict[str, object]:
    acknowledged = len(run.record.acknowledged)
    branched = sum(bool(task.branches) for task in run.record.acknowledged)
    calls = sum(len(times) for times in run.function.calls.values())
    late = quantiles(findings.late_seconds, n=100) if len(findings.late_seconds) > 1 else [0.0] * 99
    return {
        "killed with SIGKILL": run.kills,
        "tasks acknowledged": f"{acknowledged:,}, {branched:,} of them with branches",
        "started in, kills included": f"{seconds:.1f} s, {acknowledged / seconds:,.0f} a second",
        "requests without an answer": f"{run.record.unanswered:,}",
        "tasks that nobody knows about": f"{len(run.record.unknown):,}",
        "  of these there": f"{findings.seen['not acknowledged, and present']:,}",
        "histories right": f"{findings.seen['present']:,} looked at, {len(findings.faults):,} faults",
        "calls made": f"{calls:,}, {calls - len(run.function.calls):,} of them again",
        "late, kills included": f"p50 {late[49]:.3f} s, p99 {late[98]:.3f} s",
    }
