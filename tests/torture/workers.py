"""Lambda workers are killed at random; the definition's Retry makes every task succeed."""

import asyncio
import io
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from rich.console import Console

from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.machines.state_machine import Setup, StateMachine
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from tests.acceptance.processes import descendants
from tests.torture.history import find_faults
from tests.torture.machines import ROLE, Task, define_delayed_call_with_retry
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

HANDLER = "def handler(event, context):\n    return event\n"
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
TASKS_FOR_EACH_KILL = 40
"""The tasks started between two kills, so that there is a worker to kill."""


async def torture(folder: Path, kills: int, seed: int, console: Console) -> Outcome:
    """Start tasks, kill workers during calls, and check every history."""
    random, log = Random(seed), io.StringIO()
    bystanders = set(descendants(os.getpid()))
    tasks = [Task(f"t{number}", random.randrange(3)) for number in range(kills * TASKS_FOR_EACH_KILL)]
    functions = {"Echo": Function("Echo", "app.handler", "python3.12", _write_code(folder))}
    async with (
        LambdaEndpoint(functions, port=0, log=log, max_workers=2) as lambdas,
        serve_states(Settings(), "127.0.0.1", 0, {"lambda": lambdas.url}, folder / "records") as server,
    ):
        engine = server.engine
        machine, _ = await engine.catalog.create(
            "m", Setup(define_delayed_call_with_retry("Echo"), ROLE), engine.clock.now()
        )
        with progress("Killing workers", kills, console) as advance:
            killed = 0
            for number in range(kills):
                batch = tasks[number * TASKS_FOR_EACH_KILL : (number + 1) * TASKS_FOR_EACH_KILL]
                await asyncio.gather(*(_start(engine, machine, task) for task in batch))
                await asyncio.sleep(PAUSE_SECONDS * (0.5 + random.random()))
                killed += _kill_one(random, bystanders)
                advance(number + 1)
        ended = await _await_all_ended(engine, machine)
        found = _inspect(engine, machine, tasks)
    if not ended:
        found.append(f"some tasks have not ended after {PATIENCE_SECONDS:.0f} s")
    figures = {"workers killed": killed, "tasks": f"{len(tasks):,}", "faults": len(found)}
    return Outcome(f"Killed workers (seed {seed})", figures, found)


def _write_code(folder: Path) -> Path:
    code = folder / "built"
    code.mkdir()
    (code / "app.py").write_text(HANDLER, encoding="ascii")
    return code


async def _start(engine: Engine, machine: StateMachine, task: Task) -> None:
    await engine.start(Target(machine), task.name, task.input)


def _kill_one(random: Random, bystanders: set[int]) -> int:
    """Kill a random process of the Lambda endpoint: a worker, or the supervisor above it."""
    processes = [pid for pid in descendants(os.getpid()) if pid not in bystanders]
    if not processes:
        return 0
    with suppress(ProcessLookupError):
        os.kill(random.choice(processes), signal.SIGKILL)
    return 1


async def _await_all_ended(engine: Engine, machine: StateMachine) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not engine.executions(Wanted(machine.id, status=Status.RUNNING), 1):
            return True
        await asyncio.sleep(0.05)
    return False


def _inspect(engine: Engine, machine: StateMachine, tasks: list[Task]) -> list[str]:
    found: list[str] = []
    for task in tasks:
        execution = engine.find(engine.arns.execution(machine.name, task.name))
        turns = engine.events(execution, None, backwards=False)
        found += find_faults(task, [event for turn in turns for event in turn], retried=True)
    return found
