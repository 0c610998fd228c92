"""What the journal promises: written before acknowledged, in order, many with one commit, never silent."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.machines.state_machine import Revision, Setup, StateMachine
from stepfunctions_local.engine.records.change import Change, ClockSkipped, StateMachineSaved
from stepfunctions_local.engine.records.journal import GroupJournal, ImmediateJournal
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.records.schema import connect
from stepfunctions_local.engine.records.writer import Writer
from tests.unit.engine.disk import DATABASE, DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_recovery import WAIT_ONLY

UNWRITABLE = StateMachineSaved(
    StateMachine(1, "half a pair: \ud800", NOW, Revision(1, Setup("{}", "role"), NOW))
)


class Disk(Writer):
    """A writer whose disk can be full, or slow: a commit waits while `busy` is not set."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__(database)
        self.full = False
        self.busy = threading.Event()
        self.busy.set()
        self.commits = 0

    def commit(self) -> None:
        """Commit, or fail as SQLite does."""
        assert self.busy.wait(10)
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()
        self.commits += 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / DATABASE


@pytest.fixture
def disk(path: Path) -> Iterator[Disk]:
    with closing(Disk(connect(path))) as disk:
        yield disk


async def made(disk: Disk, path: Path) -> GroupJournal:
    """Make a journal that tries again soon."""
    return GroupJournal(disk, str(path), retry_seconds=0.001)


def skipped(milliseconds: int) -> Change:
    """Return a change that is easily told from another."""
    return ClockSkipped(timedelta(milliseconds=milliseconds))


def on_disk(path: Path) -> int:
    """Read what the last `skipped` on disk was."""
    with closing(connect(path)) as database:
        number: int = database.execute("SELECT value FROM meta WHERE name = 'clock_ahead'").fetchone()[0]
        return number


def nothing() -> None:
    """Follow nothing up."""


async def test_acknowledged_means_committed(disk: Disk, path: Path) -> None:
    """Another connection finds the change when the future comes true, and not before."""
    journal = await made(disk, path)
    disk.busy.clear()
    future = journal.submit(skipped(1), nothing)
    await asyncio.sleep(0)
    assert (future.done(), on_disk(path)) == (False, 0)
    disk.busy.set()
    await future
    assert on_disk(path) == 1
    await journal.close()


async def test_what_gathers_during_a_commit_shares_the_next(disk: Disk, path: Path) -> None:
    """A hundred changes behind a slow commit cost one more."""
    journal = await made(disk, path)
    disk.busy.clear()
    first = journal.submit(skipped(1), nothing)
    await asyncio.sleep(0)
    rest = [journal.submit(skipped(number), nothing) for number in range(2, 102)]
    disk.busy.set()
    await asyncio.gather(first, *rest)
    assert (disk.commits, on_disk(path)) == (2, 101)
    await journal.close()


async def test_changes_are_followed_up_in_the_order_in_which_they_were_taken(disk: Disk, path: Path) -> None:
    """Also across batches."""
    journal = await made(disk, path)
    order: list[int] = []
    futures = []
    for number in range(50):
        futures.append(journal.submit(skipped(number), lambda number=number: order.append(number)))  # type: ignore[misc]
        await asyncio.sleep(0)
    await asyncio.gather(*futures)
    assert order == list(range(50))
    await journal.close()


async def test_a_full_disk_is_told_and_what_was_taken_is_written_once_there_is_room(
    disk: Disk, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The error names the file; further changes are refused until then, and the log says it once."""
    journal = await made(disk, path)
    followed = asyncio.Event()
    disk.full = True
    with pytest.raises(JournalUnwritable, match=rf"{path} cannot be written: database or disk is full"):
        await journal.submit(skipped(7), followed.set)
    with pytest.raises(JournalUnwritable, match="disk is full"):
        journal.require_writable()
    disk.full = False
    await asyncio.wait_for(followed.wait(), 5)
    journal.require_writable()
    assert on_disk(path) == 7
    assert len(caplog.records) == 1
    await journal.close()


async def test_a_change_that_cannot_be_written_at_all_keeps_nobody_waiting(disk: Disk, path: Path) -> None:
    """Whatever goes wrong is told, not only what a disk does."""
    journal = await made(disk, path)
    with pytest.raises(JournalUnwritable, match="surrogates not allowed"):
        await journal.submit(UNWRITABLE, nothing)
    await journal.close()


async def test_closing_writes_what_was_taken(disk: Disk, path: Path) -> None:
    """Nothing that somebody still waits for is dropped."""
    journal = await made(disk, path)
    future = journal.submit(skipped(3), nothing)
    await journal.close()
    assert future.done()
    assert on_disk(path) == 3


async def test_closing_ends_though_the_disk_is_full(disk: Disk, path: Path) -> None:
    """Also where it becomes full only then."""
    journal = await made(disk, path)
    disk.full = True
    future = journal.submit(skipped(3), nothing)
    await asyncio.wait_for(journal.close(), 5)
    with pytest.raises(JournalUnwritable):
        await future
    assert on_disk(path) == 0


async def test_in_memory_a_failed_change_leaves_the_records_usable() -> None:
    """What it began is undone before the next one."""
    with closing(connect(None)) as database:
        journal = ImmediateJournal(Writer(database))
        with pytest.raises(UnicodeEncodeError):
            journal.submit(UNWRITABLE, nothing)
        good = StateMachineSaved(replace(UNWRITABLE.machine, name="good"))
        await journal.submit(good, nothing)
        assert database.execute("SELECT name FROM state_machines").fetchall() == [("good",)]


async def fill(harness: DiskHarness) -> sqlite3.Connection:
    """Let the database of an engine grow no more; SQLite then says what it says on a full disk."""
    writer: Writer = harness.records.journal._writer  # type: ignore[attr-defined]  # noqa: SLF001 - where the limit is set
    database: sqlite3.Connection = writer._database  # noqa: SLF001 - likewise
    database.execute("PRAGMA max_page_count = 1")
    return database


async def test_an_engine_on_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """What was acknowledged before is there, what was refused can be asked for again, timers were kept."""
    clock = ManualClock(NOW)
    async with running(tmp_path, clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        waiting = await harness.start(arn, {"expirydate": 1})
        database = await fill(harness)
        big = {"expirydate": 1, "text": "x" * 100_000}
        with pytest.raises(JournalUnwritable, match=DATABASE):
            await harness.start(arn, big, "big")
        with pytest.raises(JournalUnwritable, match=DATABASE):
            await harness.start(arn, big, "big")
        with pytest.raises(JournalUnwritable, match=DATABASE):
            await harness.create(WAIT_ONLY, "other")
        clock.advance(timedelta(seconds=1))
        database.execute("PRAGMA max_page_count = 1000000")
        await harness.settle()
        started = await harness.start(arn, big, "big2")
        await harness.skip(1)
        assert [harness.now(execution).status for execution in (waiting, started)] == [Status.SUCCEEDED] * 2
        assert harness.types(waiting).count("WaitStateExited") == 1


async def test_a_state_machine_that_was_refused_on_a_full_disk_can_be_created_again(tmp_path: Path) -> None:
    """The second call is the same call, and this time it is on disk."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        database = await fill(harness)
        states = {"Wait": {**WAIT_ONLY["Wait"], "Comment": "x" * 100_000}}
        with pytest.raises(JournalUnwritable):
            await harness.create(states)
        database.execute("PRAGMA max_page_count = 1000000")
        await harness.settle()
        arn = await harness.create(states)
    async with running(tmp_path, ManualClock(NOW)) as harness:
        assert harness.engine.catalog.arn(harness.engine.catalog.all()[0]) == arn


async def test_records_in_memory_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder is made, and the next ones are empty."""
    monkeypatch.chdir(tmp_path)
    async with open_records(None) as records:
        await records.journal.submit(skipped(5), nothing)
        assert records.store.clock_ahead() == timedelta(milliseconds=5)
    async with open_records(None) as records:
        assert records.store.clock_ahead() == timedelta(0)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of the test's own
