"""An engine on a manual clock, with prepared outcomes of calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.call import (
    Caller,
    CallOutcome,
    CallResult,
    ReadItems,
    StorageFailed,
    TaskRunner,
)
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.language import Call, Item, Json
from stepfunctions_local.language.map_run import Dataset
from stepfunctions_local.language.resource import Pattern

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/DummyRole"


@dataclass
class ScriptedTasks(TaskRunner):
    """Returns prepared outcomes of calls, in order; without one, a call stays in flight.

    `jobs` has the outcomes of ended jobs.
    `pages` are those of every dataset, and `objects` have been written, by bucket and key.
    """

    outcomes: list[CallOutcome] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    jobs: dict[str, CallOutcome] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)
    pages: list[list[Item] | StorageFailed] = field(default_factory=list)
    datasets: list[tuple[Dataset, Json]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    refuses_objects: bool = False

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Return the next prepared outcome of a call."""
        self.calls.append(call)
        self.callers.append(caller)
        if not self.outcomes:
            await asyncio.Event().wait()
        return self.outcomes.pop(0)

    def will_return(self, value: object, job: str | None = None) -> None:
        """Prepare a result."""
        self.outcomes.append(CallResult(json.dumps(value), job))

    async def poll(self, job: str, pattern: Pattern) -> CallOutcome | None:  # noqa: ARG002 - as in the protocol
        """Return the prepared outcome of a job, or None while there is none."""
        self.polled.append(job)
        return self.jobs.get(job)

    def runs_here(self, job: str) -> bool:
        """Whether a job is not of a service."""
        return job.startswith("arn:")

    async def stop(self, job: str) -> None:
        """Record a stopped job."""
        self.stopped.append(job)

    async def read_items(self, dataset: Dataset, position: Json) -> AsyncIterator[ReadItems]:
        """Yield the pages after a position, which is a number of pages."""
        self.datasets.append((dataset, position))
        for number in range(int(str(position or 0)), len(self.pages)):
            page = self.pages[number]
            if isinstance(page, StorageFailed):
                raise page
            yield ReadItems(page, number + 1)

    async def write_object(self, bucket: str, key: str, parts: AsyncIterator[bytes]) -> int:
        """Keep an object."""
        if self.refuses_objects:
            raise StorageFailed("The bucket does not exist.")
        content = b"".join([part async for part in parts])
        self.objects[f"{bucket}/{key}"] = content
        return len(content)


@dataclass
class Harness:
    """An engine, its clock and its calls."""

    engine: Engine
    clock: ManualClock
    tasks: ScriptedTasks

    async def create(self, states: dict[str, Any], name: str = "test", **fields: Any) -> str:
        """Create a state machine that starts at the first of its states."""
        definition = {"StartAt": next(iter(states)), "States": states, **fields}
        setup = Setup(json.dumps(definition), ROLE)
        machine, _ = await self.engine.catalog.create(name, setup, self.clock.now())
        return self.engine.catalog.arn(machine)

    async def start(self, arn: str, value: object = None, name: str | None = None) -> Execution:
        """Start an execution."""
        return await self.start_text(arn, json.dumps({} if value is None else value), name)

    async def start_text(self, arn: str, text: str, name: str | None = None) -> Execution:
        """Start an execution with the text of an input."""
        return await self.engine.start(self.engine.catalog.target(arn), name, text)

    async def run(self, states: dict[str, Any], value: object = None, **fields: Any) -> Execution:
        """Start an execution of a new state machine."""
        return await self.start(await self.create(states, **fields), value)

    async def skip(self, seconds: float) -> None:
        """Advance the clock, wake due executions, and let their calls return."""
        self.clock.advance(timedelta(seconds=seconds))
        await self.settle()

    async def settle(self) -> None:
        """Wake due executions and let their calls return until nothing moves."""
        for _ in range(20):
            self.engine.wake_due()
            await asyncio.sleep(0)

    async def finish(self, execution: Execution) -> Execution:
        """Let an execution and its Map Runs go on until it has ended, and return it."""
        for _ in range(500):
            if self.now(execution).stopped:
                return self.now(execution)
            await self.settle_runs()
        raise AssertionError(f"still running: {self.types(execution)}")

    async def settle_runs(self) -> None:
        """Let everything go on, Map Runs included, until nothing moves."""
        for _ in range(5):
            await self.settle()
            await self.engine.map_runs.wait()

    def now(self, execution: Execution) -> Execution:
        """Return the current state of an execution."""
        return self.engine.find(self.engine.arn(execution))

    def history(self, execution: Execution) -> list[dict[str, Any]]:
        """Return the whole history of an execution."""
        turns = self.engine.events(execution, None, backwards=False)
        return [event for turn in turns for event in turn]

    def types(self, execution: Execution) -> list[str]:
        """Return the types of an execution's events."""
        return [event["type"] for event in self.history(execution)]
