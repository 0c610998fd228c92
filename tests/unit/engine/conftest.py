"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.records.records import open_records
from tests.unit.engine.bench import NOW, Bench, ScriptedTasks

MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def make_bench() -> AsyncIterator[MakeBench]:
    async with AsyncExitStack() as stack:

        async def make(**settings: Any) -> Bench:  # noqa: ANN401 - any setting of the engine
            clock, tasks = ManualClock(NOW), ScriptedTasks()
            records = await stack.enter_async_context(open_records(None))
            engine = Engine(tasks, records, Settings(**settings), clock=clock, random=Random(7))  # noqa: S311 - jitter
            stack.push_async_exit(engine)
            return Bench(engine, clock, tasks)

        yield make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await make_bench()
