"""Tasks are started as fast as possible while the endpoint is killed repeatedly.

Every acknowledged task must have ended as it should: not lost, not early, no wait repeated, and the function
called at least once.
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

from tests.torture.endpoint import Endpoint, Refused, call, find_free_port
from tests.torture.history import compute_latenesses, find_faults
from tests.torture.machines import ROLE, Task, define_delayed_call, define_delayed_calls_in_branches
from tests.torture.outcome import Outcome
from tests.torture.progress import Advance, progress

CONNECTIONS = 16
STOPPED_SHARE = 0.02
ABANDONED_SHARE = 0.2
"""The share of unanswered requests that are not repeated: such a task may exist or not."""
KILLS_WHILE_FIRING_SHARE = 0.2
PATIENCE_SECONDS = 120.0
A_DAY_SECONDS = 86_400
RETRY_PAUSE_SECONDS = 0.02

MACHINES = {"plain": define_delayed_call(), "branched": define_delayed_calls_in_branches()}
BRANCHED_SHARE = 0.2
MOST_BRANCHES = 5


@dataclass
class Function:
    """A fake of the Lambda endpoint: returns the payload, and records the times of all calls."""

    calls: dict[str, list[float]] = field(default_factory=dict)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Return the payload of an Invoke."""
        payload = await request.json()
        self.calls.setdefault(payload["name"], []).append(time.time())
        return web.json_response(payload)

    async def serve(self, stack: AsyncExitStack) -> str:
        """Listen on a free port, and return the URL."""
        runner = web.ServerRunner(web.Server(self, access_log=None))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"


@dataclass
class Record:
    """The clients' knowledge of their tasks."""

    acknowledged: dict[Task, float] = field(default_factory=dict)
    """The tasks that must exist, with their start times."""
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
        """Create the state machines for all tasks."""
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

    async def _start_each(self, tasks: Any) -> None:
        for task in tasks:
            started = await self._start_task(task)
            if started is None:
                self.record.unknown.append(task)
                continue
            if task.stopped:
                await self._call_until_answered("StopExecution", executionArn=self.execution(task))
            self.record.acknowledged[task] = started

    async def _start_task(self, task: Task) -> float | None:
        """Start a task and return its start time; None if the client gave up."""
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
                answer = await self._call_until_answered(
                    "DescribeExecution", executionArn=self.execution(task)
                )
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(RETRY_PAUSE_SECONDS)
                continue
            except aiohttp.ClientError:
                self.record.unanswered += 1
                if self.random.random() < ABANDONED_SHARE:
                    return None
                await asyncio.sleep(RETRY_PAUSE_SECONDS)
                continue
            began: float = answer["startDate"]
            return began

    async def _call_until_answered(self, operation: str, **body: Any) -> dict[str, Any]:
        while True:
            try:
                return await call(self.session, self.endpoint.url, operation, **body)
            except aiohttp.ClientError:
                await asyncio.sleep(RETRY_PAUSE_SECONDS)

    async def kill_while_starting(self, kills: int, tasks: int, advance: Advance) -> None:
        """Kill the endpoint at random moments until `tasks` tasks are started."""
        for at in sorted(self.random.randrange(tasks) for _ in range(kills)):
            while self._known_count < at:
                await asyncio.sleep(0.001)
                advance(self._known_count)
            await asyncio.sleep(self.random.random() * 0.05)
            await self.restart()
        while self._known_count < tasks:
            await asyncio.sleep(0.05)
            advance(self._known_count)

    @property
    def _known_count(self) -> int:
        return len(self.record.acknowledged) + len(self.record.unknown)

    async def restart(self) -> None:
        """Kill the endpoint and start it again."""
        await self.endpoint.kill()
        await self.endpoint.start()
        self.kills += 1

    async def kill_while_firing(self, kills: int, seconds: int) -> None:
        """Kill the endpoint during the seconds in which the started tasks fall due."""
        for _ in range(kills):
            await asyncio.sleep(self.random.random() * seconds / max(kills, 1))
            await self.restart()

    async def stop_unknown(self) -> None:
        """Stop tasks that their clients abandoned before stopping them; they would run for a day."""
        for task in self.record.unknown:
            if task.stopped and await self.history(task):
                await self._call_until_answered("StopExecution", executionArn=self.execution(task))

    async def await_all_ended(self) -> bool:
        """Wait until no task is running; return False if that takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            running = [await self._is_any_running(arn) for arn in self.machines.values()]
            if not any(running):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _is_any_running(self, machine: str) -> bool:
        page = await self._call_until_answered(
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
        """Return a task's history, or None if the task does not exist."""
        try:
            answer = await self._call_until_answered("GetExecutionHistory", executionArn=self.execution(task))
        except Refused as refusal:
            if refusal.type != "ExecutionDoesNotExist":
                raise
            return None
        events: list[dict[str, Any]] = answer["events"]
        return events


@dataclass
class Findings:
    """The findings from all histories."""

    faults: list[str] = field(default_factory=list)
    late_seconds: list[float] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, task: Task, started: float | None, events: list[dict[str, Any]] | None) -> None:
        """Check a history. `started` is the acknowledged start, None if there was no acknowledgement."""
        if events is None:
            self.seen["absent"] += 1
            if started is not None:
                self.faults.append(f"{task.name}: acknowledged, but lost")
            return
        self.seen["present"] += 1
        self.seen["present without acknowledgement"] += started is None
        if started is None and task.stopped:
            return
        self.faults.extend(find_faults(task, events))
        if started is not None and events[0]["timestamp"] != started:
            self.faults.append(f"{task.name}: started at {events[0]['timestamp']}, acknowledged {started}")
        self.late_seconds += compute_latenesses(events)

    def add_calls(self, task: Task, started: float, made: dict[str, list[float]]) -> None:
        """Check the calls of an acknowledged task."""
        for name, delay_seconds in task.calls.items():
            calls = made.get(name, [])
            if task.stopped:
                if calls:
                    self.faults.append(f"{name}: stopped a day before it was due, but called")
            elif not calls:
                self.faults.append(f"{name}: never called")
            elif calls[0] < started + delay_seconds:
                self.faults.append(f"{name}: called {started + delay_seconds - calls[0]:.3f} s early")


async def torture(
    folder: Path, tasks: int, kills: int, seed: int, console: Console, *, longest_delay_seconds: int = 10
) -> Outcome:
    """Start tasks, kill the endpoint, wait for the end, and check every history."""
    random, function, began = Random(seed), Function(), time.monotonic()
    wanted = [_make_task(number, random, longest_delay_seconds) for number in range(tasks)]
    async with AsyncExitStack() as stack:
        endpoint = Endpoint(folder, find_free_port(), await function.serve(stack))
        stack.push_async_callback(endpoint.kill)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        run = Torture(endpoint, session, random, function)
        await endpoint.start()
        await run.create()
        firing = round(kills * KILLS_WHILE_FIRING_SHARE)
        with progress("Starting tasks", tasks, console) as advance:
            await _run_both(run.start_all(wanted), run.kill_while_starting(kills - firing, tasks, advance))
        seconds = time.monotonic() - began
        await run.kill_while_firing(firing, longest_delay_seconds)
        await run.stop_unknown()
        ended = await run.await_all_ended()
        findings = await _inspect(run, console)
        findings.faults.extend(endpoint.read_complaints())
        if not ended:
            findings.faults.append(f"some tasks have not ended after {PATIENCE_SECONDS:.0f} s")
        return Outcome(f"Kills (seed {seed})", _format_figures(run, findings, seconds), findings.faults)


async def _run_both(starting: Any, killing: Any) -> None:
    """Run both; if one fails, cancel the other."""
    async with asyncio.TaskGroup() as group:
        group.create_task(starting)
        group.create_task(killing)


def _make_task(number: int, random: Random, longest_delay_seconds: int) -> Task:
    if random.random() < STOPPED_SHARE:
        delays = [A_DAY_SECONDS] * MOST_BRANCHES
        stopped = True
    else:
        delays = [random.randrange(longest_delay_seconds + 1) for _ in range(MOST_BRANCHES)]
        stopped = False
    branches = delays[: random.randint(1, MOST_BRANCHES)] if random.random() < BRANCHED_SHARE else []
    return Task(f"t{number}", delays[0], stopped, tuple(branches))


async def _inspect(run: Torture, console: Console) -> Findings:
    findings = Findings()
    known = dict.fromkeys(run.record.unknown) | run.record.acknowledged
    waiting, done = iter(known.items()), itertools.count(1)

    async def inspect_each(advance: Advance) -> None:
        for task, started in waiting:
            findings.add(task, started, await run.history(task))
            if started is not None:
                findings.add_calls(task, started, run.function.calls)
            advance(next(done))

    with progress("Reading histories", len(known), console) as advance:
        await asyncio.gather(*(inspect_each(advance) for _ in range(CONNECTIONS)))
    return findings


def _format_figures(run: Torture, findings: Findings, seconds: float) -> dict[str, object]:
    acknowledged = len(run.record.acknowledged)
    branched = sum(bool(task.branches) for task in run.record.acknowledged)
    calls = sum(len(times) for times in run.function.calls.values())
    late = quantiles(findings.late_seconds, n=100) if len(findings.late_seconds) > 1 else [0.0] * 99
    return {
        "killed with SIGKILL": run.kills,
        "tasks acknowledged": f"{acknowledged:,}, {branched:,} of them with branches",
        "started in, kills included": f"{seconds:.1f} s, {acknowledged / seconds:,.0f} a second",
        "requests without an answer": f"{run.record.unanswered:,}",
        "tasks with an unknown outcome": f"{len(run.record.unknown):,}",
        "  of these present": f"{findings.seen['present without acknowledgement']:,}",
        "histories checked": f"{findings.seen['present']:,}, {len(findings.faults):,} faults",
        "calls made": f"{calls:,}, {calls - len(run.function.calls):,} of them repeated",
        "late, kills included": f"p50 {late[49]:.3f} s, p99 {late[98]:.3f} s",
    }
