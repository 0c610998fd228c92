"""The wall clock is set back and forward while tasks wait; none may fire before its due time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rich.console import Console

from stepfunctions_local.engine.clock import SystemClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult, TaskRunner
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.language import Call, dump_json
from tests.torture.history import find_faults
from tests.torture.machines import ROLE, Task, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

FURTHEST_SECONDS = 7_200.0
RESTART_EVERY = 10
PATIENCE_SECONDS = 60.0


@dataclass
class SetClock:
    """The computer's clock, set wrong by `by`."""

    by: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the wrong time."""
        return SystemClock().now() + self.by


@dataclass
class Echo(TaskRunner):
    """Answers each call with its payload, and counts the calls."""

    calls: int = 0

    async def run(self, call: Call, caller: Caller) -> CallOutcome:  # noqa: ARG002 - as in the protocol
        """Return the payload of the call."""
        assert isinstance(call.parameters, dict)
        self.calls += 1
        return CallResult(dump_json({"Payload": call.parameters["Payload"]}))


async def torture(folder: Path, tasks: int, settings: int, seed: int, console: Console) -> Outcome:
    """Start tasks while the clock is set repeatedly, with occasional restarts."""
    random, clock = Random(seed), SetClock()
    echo = Echo()
    wanted = [Task(f"t{number}", random.randrange(round(FURTHEST_SECONDS))) for number in range(tasks)]
    per_setting = -(-tasks // settings)
    with progress("Setting the clock", settings, console) as advance:
        for first in range(0, settings, RESTART_EVERY):
            async with _open_engine(folder, echo, clock) as engine:
                for number in range(first, min(first + RESTART_EVERY, settings)):
                    clock.by = timedelta(seconds=random.uniform(-1, 1) * FURTHEST_SECONDS)
                    await _start(engine, wanted[number * per_setting : (number + 1) * per_setting])
                    advance(number + 1)
    clock.by = timedelta(seconds=3 * FURTHEST_SECONDS)
    async with _open_engine(folder, echo, clock) as engine:
        found = [] if await _await_all_ended(engine) else ["some tasks have not ended"]
        found += _inspect(engine, wanted)
    figures = {
        "clock set": settings,
        "tasks": f"{tasks:,}",
        "restarts": settings // RESTART_EVERY,
        "calls": f"{echo.calls:,}",
    }
    return Outcome(f"Clock set back and forward (seed {seed})", figures, found)


@asynccontextmanager
async def _open_engine(folder: Path, echo: Echo, clock: SetClock) -> AsyncIterator[Engine]:
    async with open_records(folder) as records, Engine(echo, records, clock=clock) as engine:
        await engine.catalog.create("m", Setup(define_delayed_call(), ROLE), engine.clock.now())
        yield engine


async def _start(engine: Engine, tasks: list[Task]) -> None:
    target = Target(engine.catalog.all()[0])
    await asyncio.gather(*(engine.start(target, task.name, task.input) for task in tasks))


async def _await_all_ended(engine: Engine) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    machine = engine.catalog.all()[0]
    while time.monotonic() < deadline:
        if not engine.executions(Wanted(machine.id, status=Status.RUNNING), 1):
            return True
        await asyncio.sleep(0.05)
    return False


def _inspect(engine: Engine, tasks: list[Task]) -> list[str]:
    found: list[str] = []
    for task in tasks:
        execution = engine.find(engine.arns.execution("m", task.name))
        turns = engine.events(execution, None, backwards=False)
        found += find_faults(task, [event for turn in turns for event in turn])
    return found
