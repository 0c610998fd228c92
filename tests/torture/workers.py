"""Lambda workers that are killed at random: the definition's Retry sees to it that every task ends well."""

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
from tests.torture.history import faults
from tests.torture.machines import ROLE, Task, delayed_call_with_retry
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

HANDLER = "def handler(event, context):\n    return event\n"
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
TASKS_FOR_EACH_KILL = 40
"""So many tasks are started between two kills, for there to be somebody to kill."""


async def torture(folder: Path, kills: int, seed: int, console: Console) -> Outcome:
    """Start tasks, kill workers while they are called, and look at every history."""
    random, log = Random(seed), io.StringIO()  # noqa: S311 - to be repeated
    bystanders = set(descendants(os.getpid()))
    tasks = [Task(f"t{number}", random.randrange(3)) for number in range(kills * TASKS_FOR_EACH_KILL)]
    functions = {"Echo": Function("Echo", "app.handler", "python3.12", _built(folder))}
    async with (
        LambdaEndpoint(functions, port=0, log=log, max_workers=2) as lambdas,
        serve_states(Settings(), "127.0.0.1", 0, {"lambda": lambdas.url}, folder / "records") as server,
    ):
        engine = server.engine
        machine, _ = await engine.catalog.create(
            "m", Setup(delayed_call_with_retry("Echo"), ROLE), engine.clock.now()
        )
        with progress("Killing workers", kills, console) as advance:
            killed = 0
            for number in range(kills):
                batch = tasks[number * TASKS_FOR_EACH_KILL : (number + 1) * TASKS_FOR_EACH_KILL]
                await asyncio.gather(*(_start(engine, machine, task) for task in batch))
                await asyncio.sleep(PAUSE_SECONDS * (0.5 + random.random()))
                killed += _kill_one(random, bystanders)
                advance(number + 1)
        ended = await _all_ended(engine, machine)
        found = _look(engine, machine, tasks)
    if not ended:
        found.append(f"after {PATIENCE_SECONDS:.0f} s there are tasks that have not ended")
    figures = {"workers killed": killed, "tasks": f"{len(tasks):,}", "faults": len(found)}
    return Outcome(f"Killed workers (seed {seed})", figures, found)


def _built(folder: Path) -> Path:
    code = folder / "built"
    code.mkdir()
    (code / "app.py").write_text(HANDLER, encoding="ascii")
    return code


async def _start(engine: Engine, machine: StateMachine, task: Task) -> None:
    await engine.start(Target(machine), task.name, task.input)


def _kill_one(random: Random, bystanders: set[int]) -> int:
    """Kill any process of the Lambda endpoint: a worker, or the supervisor above it."""
    family = [pid for pid in descendants(os.getpid()) if pid not in bystanders]
    if not family:
        return 0
    with suppress(ProcessLookupError):
        os.kill(random.choice(family), signal.SIGKILL)
    return 1


async def _all_ended(engine: Engine, machine: StateMachine) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not engine.executions(Wanted(machine.id, status=Status.RUNNING), 1):
            return True
        await asyncio.sleep(0.05)
    return False


def _look(engine: Engine, machine: StateMachine, tasks: list[Task]) -> list[str]:
    found: list[str] = []
    for task in tasks:
        execution = engine.find(engine.arns.execution(machine.name, task.name))
        turns = engine.events(execution, None, backwards=False)
        found += faults(task, [event for turn in turns for event in turn], retried=True)
    return found
