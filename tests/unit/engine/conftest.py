"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.records import open_records
from tests.unit.engine.bench import NOW, Bench, ScriptedTasks


@pytest.fixture
async def make_bench() -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(**settings: Any) -> Bench:  # noqa: ANN401 - any setting of the engine
        clock, tasks = ManualClock(NOW), ScriptedTasks()
        records = memory.enter_context(open_records(None))
        engine = Engine(tasks, records, Settings(**settings), clock=clock, random=Random(7))  # noqa: S311 - jitter
        benches.append(Bench(engine, clock, tasks))
        return benches[-1]

    with ExitStack() as memory:
        yield make
        for bench in benches:
            await bench.engine.__aexit__()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
