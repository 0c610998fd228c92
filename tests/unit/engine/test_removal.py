"""The records of what was deleted go piece by piece, so that they hold up no others."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import ExecutionDoesNotExist
from stepfunctions_local.engine.records.change import ExecutionsExpired
from tests.unit.engine.disk import DATABASE, DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_recovery import WAIT_ONLY, names

WEEK_SECONDS = 7 * 24 * 3600

A_ROW = 0.0
"""A part that is over at once has a single row."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def count_rows(harness: DiskHarness, table: str) -> int:
    """Count the rows of a table on disk."""
    with closing(sqlite3.connect(harness.folder / DATABASE)) as database:
        count: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a test's
        return count


def arn_of(machine_arn: str, name: str) -> str:
    """Return the ARN of an execution."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


async def remove_all(harness: DiskHarness) -> int:
    """Remove all remains, and return the number of parts that it took."""
    parts = 0
    while await harness.engine.removal.remove_some(A_ROW):
        parts += 1
    return parts


async def end_executions(harness: DiskHarness, count: int) -> str:
    """Let `count` executions end, and return the ARN of their state machine."""
    arn = await harness.create(WAIT_ONLY)
    for number in range(count):
        await harness.start(arn, {"expirydate": 1}, f"ended-{number}")
    await harness.skip(1)
    return arn


async def test_expired_execution_is_gone_at_once_and_its_history_piece_by_piece(
    tmp_path: Path, clock: ManualClock
) -> None:
    """One part deletes one row here."""
    async with running(tmp_path, clock) as harness:
        arn = await end_executions(harness, 1)
        turns = count_rows(harness, "turns")
        assert turns >= 2
        await harness.records.journal.submit(ExecutionsExpired((1,)))
        assert names(harness, arn) == []
        with pytest.raises(ExecutionDoesNotExist):
            harness.engine.find(arn_of(arn, "ended-0"))
        assert count_rows(harness, "turns") == turns
        assert await harness.engine.removal.remove_some(A_ROW)
        assert count_rows(harness, "turns") == turns - 1
        await remove_all(harness)
        assert [count_rows(harness, table) for table in ("turns", "remains")] == [0, 0]


async def test_executions_of_a_deleted_state_machine_go_piece_by_piece(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Others run on meanwhile. A state machine of the same name has none of them."""
    async with running(tmp_path, clock) as harness:
        arn = await end_executions(harness, 3)
        await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        arn = await harness.create(WAIT_ONLY)
        waiting = await harness.start(arn, {"expirydate": WEEK_SECONDS}, "ended-0")
        assert names(harness, arn) == ["ended-0"]
        assert count_rows(harness, "executions") == 4
        assert await remove_all(harness) > 3
        assert [count_rows(harness, table) for table in ("executions", "remains")] == [1, 0]
        await harness.skip(WEEK_SECONDS)
        assert harness.now(waiting).stopped == NOW + timedelta(seconds=WEEK_SECONDS + 1)


async def test_removal_goes_on_after_a_crash(tmp_path: Path, clock: ManualClock) -> None:
    """After each part the records are sound, and no number is given a second time."""
    async with running(tmp_path / "running", clock) as harness:
        arn = await end_executions(harness, 2)
        await harness.records.journal.submit(ExecutionsExpired((1, 2)))
        copies = [harness.crash(tmp_path / "0")]
        while await harness.engine.removal.remove_some(A_ROW):
            copies.append(harness.crash(tmp_path / f"{len(copies)}"))
    assert len(copies) > 4
    for copy in copies[:-1]:
        async with running(copy, clock) as harness:
            assert (await harness.start(arn, {"expirydate": WEEK_SECONDS})).id == 3
            await remove_all(harness)
            assert [count_rows(harness, table) for table in ("executions", "remains")] == [1, 0]
