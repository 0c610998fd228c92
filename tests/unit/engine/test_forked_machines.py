"""Random machines of nested states end with the right output at the right time, with or without a crash."""

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.records.records import Records, open_records
from tests.unit.engine.disk import DATABASE, LOG, DiskHarness
from tests.unit.engine.forked_machines import EchoTasks, Steps, definition, machines
from tests.unit.engine.harness import NOW

pytestmark = pytest.mark.slow

TABLES = ("positions", "forks", "items", "halted")


@asynccontextmanager
async def run_engine(folder: Path | None, clock: ManualClock) -> AsyncIterator[DiskHarness]:
    """Run an engine with functions that return their event."""
    tasks = EchoTasks()
    async with (
        open_records(folder) as records,
        Engine(tasks, records, clock=clock, random=Random(7)) as engine,
    ):
        yield DiskHarness(engine, clock, tasks, records, folder or Path())  # type: ignore[arg-type]


async def start(harness: DiskHarness, steps: Steps) -> Execution:
    """Start an execution of a machine."""
    machine = definition(steps)
    return await harness.start(await harness.create(machine["States"], StartAt=machine["StartAt"]), 0)


async def finish(harness: DiskHarness, execution: Execution) -> Execution:
    """Skip from due time to due time until the execution ends."""
    async with asyncio.timeout(60):
        await harness.settle()
        while not harness.now(execution).stopped:
            due = harness.engine.next_due()
            if due and not harness.engine.is_calling:
                harness.clock.moment = max(due, harness.clock.moment)
            await harness.settle()
    return harness.now(execution)


def check(harness: DiskHarness, ended: Execution, steps: Steps) -> None:
    """Check the end, the history, and the records that remain."""
    output, seconds = steps.run(0)
    assert ended.status is Status.SUCCEEDED, ended
    assert json.loads(ended.output or "") == output
    assert ended.stopped == NOW + timedelta(seconds=seconds)
    check_history(harness.history(ended))
    database = harness.records.store._database  # noqa: SLF001 - nothing else shows it
    assert [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES] == [0] * 4  # noqa: S608 - constant
    assert harness.engine.next_due() is None


def check_history(events: list[dict[str, Any]]) -> None:
    """Check that events are numbered without gaps, in order of time, and follow earlier events."""
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    for event in events:
        assert 0 <= event["previousEventId"] < event["id"]
        assert event["previousEventId"] != 1
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    if "ParallelStateFailed" not in kinds(events):
        for kind, count in kinds(events).items():
            if kind.endswith("StateEntered"):
                assert kinds(events)[kind.replace("Entered", "Exited")] == count


def kinds(events: list[dict[str, Any]]) -> Counter[str]:
    return Counter(event["type"] for event in events)


@given(machines)
@settings(deadline=None)
def test_machine_ends_with_the_outputs_of_its_branches(steps: Steps) -> None:
    """It ends with its slowest branch, and leaves no records of branches."""

    async def run() -> None:
        async with run_engine(None, ManualClock(NOW)) as harness:
            check(harness, await finish(harness, await start(harness, steps)), steps)

    asyncio.run(run())


@given(machines)
@settings(
    max_examples=settings().max_examples // 5, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_crash_after_any_commit_repeats_calls_alone(steps: Steps) -> None:
    """Output and time stay the same after every commit, and no event is written twice."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(crash_after_each_commit(Path(folder), steps))


async def crash_after_each_commit(folder: Path, steps: Steps) -> None:
    clock = ManualClock(NOW)
    async with run_engine(folder / "whole", clock) as harness:
        await harness.create({"Other": {"Type": "Succeed"}}, "other")
        left = copy_after_each_commit(harness.records, folder / "whole", clock)
        whole = await finish(harness, await start(harness, steps))
        check(harness, whole, steps)
        events = kinds(harness.history(whole))
    assert left
    for copy, moment in left:
        async with run_engine(copy, ManualClock(moment)) as harness:
            found = harness.engine.catalog.find_named("test")
            if found is None or harness.records.store.execution(whole.id) is None:
                continue  # its start was not acknowledged
            ended = await finish(harness, whole)
            check(harness, ended, steps)
            assert kinds(harness.history(ended)) == events


def copy_after_each_commit(records: Records, folder: Path, clock: ManualClock) -> list[tuple[Path, datetime]]:
    """Copy the files on disk after each commit from now on; return the copies and their times."""
    copies: list[tuple[Path, datetime]] = []
    writer = records.journal._writer  # type: ignore[attr-defined]  # noqa: SLF001 - it has the commits
    commit = writer.commit

    def commit_and_copy() -> None:
        commit()
        copy = folder.parent / f"copy{len(copies)}"
        copy.mkdir()
        for name in (DATABASE, LOG):
            shutil.copy(folder / name, copy)
        copies.append((copy, clock.moment))

    writer.commit = commit_and_copy
    return copies
