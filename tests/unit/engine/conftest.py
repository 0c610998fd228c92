"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from stepfunctions_local.engine import dispatcher, map_runs
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.execution import history, unit_of_work
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.language import budget
from tests.unit.engine.harness import NOW, Harness, ScriptedTasks

MakeHarness = Callable[..., Awaitable[Harness]]


@pytest.fixture(autouse=True)
def _end_nothing_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns and evaluations end by what they do: a busy computer, coverage or garbage ends none early."""
    monkeypatch.setattr(unit_of_work, "MAX_TURN_SECONDS", 3600.0)
    monkeypatch.setattr(dispatcher, "WAKING_SECONDS", 3600.0)
    monkeypatch.setattr(map_runs, "_STEP_SECONDS", 3600.0)
    monkeypatch.setattr(budget, "MAX_SECONDS", 3600.0)


@pytest.fixture
async def make_harness() -> AsyncIterator[MakeHarness]:
    async with AsyncExitStack() as stack:

        async def make(**settings: Any) -> Harness:
            clock, tasks = ManualClock(NOW), ScriptedTasks()
            records = await stack.enter_async_context(open_records(None))
            engine = Engine(tasks, records, Settings(**settings), clock=clock, random=Random(7))
            stack.push_async_exit(engine)
            return Harness(engine, clock, tasks)

        yield make


@pytest.fixture
def most_events(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let a history be full at a hundredth of the events allowed on AWS, and return their number."""
    assert history.MAX_EVENTS == 25_000
    monkeypatch.setattr(history, "MAX_EVENTS", 250)
    return history.MAX_EVENTS


@pytest.fixture
async def harness(make_harness: MakeHarness) -> Harness:
    return await make_harness()
