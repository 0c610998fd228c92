"""Guarantees of the journal: commit before acknowledgment, order, batches, and no silent failure."""

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
from stepfunctions_local.errors import JournalStopped
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


async def open_journal(disk: Disk, path: Path) -> GroupJournal:
    """Open a journal that retries quickly."""
    return GroupJournal(disk, str(path), retry_seconds=0.001)


def build_skip(milliseconds: int) -> Change:
    """Return a change that differs from others in its duration."""
    return ClockSkipped(timedelta(milliseconds=milliseconds))


def read_last_skip(path: Path) -> int:
    """Return the milliseconds of the last skip on disk."""
    with closing(connect(path)) as database:
        number: int = database.execute("SELECT value FROM meta WHERE name = 'clock_ahead'").fetchone()[0]
        return number


def do_nothing() -> None:
    """Do nothing after the commit."""


async def test_acknowledged_change_is_committed(disk: Disk, path: Path) -> None:
    """Another connection finds the change when its future is done, and not before."""
    journal = await open_journal(disk, path)
    disk.busy.clear()
    future = journal.submit(build_skip(1), do_nothing)
    await asyncio.sleep(0)
    assert (future.done(), read_last_skip(path)) == (False, 0)
    disk.busy.set()
    await future
    assert read_last_skip(path) == 1
    await journal.close()


async def test_changes_during_a_commit_share_the_next_commit(disk: Disk, path: Path) -> None:
    """A hundred changes behind a slow commit cost one more."""
    journal = await open_journal(disk, path)
    disk.busy.clear()
    first = journal.submit(build_skip(1), do_nothing)
    await asyncio.sleep(0)
    rest = [journal.submit(build_skip(number), do_nothing) for number in range(2, 102)]
    disk.busy.set()
    await asyncio.gather(first, *rest)
    assert (disk.commits, read_last_skip(path)) == (2, 101)
    await journal.close()


async def test_callbacks_follow_the_order_of_the_changes(disk: Disk, path: Path) -> None:
    """The order holds across batches."""
    journal = await open_journal(disk, path)
    order: list[int] = []
    futures = []
    for number in range(50):
        futures.append(journal.submit(build_skip(number), lambda number=number: order.append(number)))  # type: ignore[misc]
        await asyncio.sleep(0)
    await asyncio.gather(*futures)
    assert order == list(range(50))
    await journal.close()


async def test_full_disk_raises_and_pending_changes_are_written_later(
    disk: Disk, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The error names the file; changes are refused until there is room, and one log record says so."""
    journal = await open_journal(disk, path)
    followed = asyncio.Event()
    disk.full = True
    with pytest.raises(JournalUnwritable, match=rf"{path} cannot be written: database or disk is full"):
        await journal.submit(build_skip(7), followed.set)
    with pytest.raises(JournalUnwritable, match="disk is full"):
        journal.require_writable()
    disk.full = False
    await asyncio.wait_for(followed.wait(), 60)
    journal.require_writable()
    assert read_last_skip(path) == 7
    assert len(caplog.records) == 1
    await journal.close()


async def test_unwritable_change_raises(disk: Disk, path: Path) -> None:
    """Every failure of a write is raised, not only those of the disk."""
    journal = await open_journal(disk, path)
    with pytest.raises(JournalUnwritable, match="surrogates not allowed"):
        await journal.submit(UNWRITABLE, do_nothing)
    await journal.close()


async def test_closing_writes_pending_changes(disk: Disk, path: Path) -> None:
    """No awaited change is dropped."""
    journal = await open_journal(disk, path)
    future = journal.submit(build_skip(3), do_nothing)
    await journal.close()
    assert future.done()
    assert read_last_skip(path) == 3


async def test_closing_returns_on_a_full_disk(disk: Disk, path: Path) -> None:
    """The disk may become full just before."""
    journal = await open_journal(disk, path)
    disk.full = True
    future = journal.submit(build_skip(3), do_nothing)
    await asyncio.wait_for(journal.close(), 60)
    with pytest.raises(JournalUnwritable):
        await future
    assert read_last_skip(path) == 0


class Folder:
    """A folder that can be lost."""

    def __init__(self) -> None:
        self.lost = False

    def verify(self) -> None:
        """Require that the folder is there."""
        if self.lost:
            raise JournalStopped("The folder is gone.")


@pytest.mark.parametrize("is_during_commit", [True, False])
async def test_journal_on_a_full_disk_stops_when_its_folder_is_lost(
    disk: Disk, path: Path, *, is_during_commit: bool
) -> None:
    """It neither retries nor keeps what it refused, and closes."""
    folder = Folder()
    journal = GroupJournal(disk, str(path), retry_seconds=0.001, verify=folder.verify)
    disk.full = folder.lost = True
    if is_during_commit:
        disk.busy.clear()
    future = journal.submit(build_skip(1))
    await asyncio.sleep(0)
    if not is_during_commit:
        with pytest.raises(JournalUnwritable, match="disk is full"):
            await future
    journal.verify()
    disk.busy.set()
    with pytest.raises(JournalUnwritable):
        await future
    disk.full = folder.lost = False
    with pytest.raises(JournalUnwritable, match=r"^The folder is gone\.$"):
        await journal.submit(build_skip(2))
    await journal.close()
    assert (await journal.stopped, read_last_skip(path)) == ("The folder is gone.", 0)


async def test_failed_change_leaves_records_in_memory_usable() -> None:
    """It is rolled back before the next change."""
    with closing(connect(None)) as database:
        journal = ImmediateJournal(Writer(database))
        with pytest.raises(UnicodeEncodeError):
            journal.submit(UNWRITABLE, do_nothing)
        good = StateMachineSaved(replace(UNWRITABLE.machine, name="good"))
        await journal.submit(good, do_nothing)
        assert database.execute("SELECT name FROM state_machines").fetchall() == [("good",)]


async def fill(harness: DiskHarness) -> sqlite3.Connection:
    """Let an engine's database grow no more; SQLite then fails as on a full disk."""
    writer: Writer = harness.records.journal._writer  # type: ignore[attr-defined]  # noqa: SLF001 - where the limit is set
    database: sqlite3.Connection = writer._database  # noqa: SLF001 - likewise
    database.execute("PRAGMA max_page_count = 1")
    return database


async def test_engine_on_a_full_disk_loses_nothing_and_recovers(tmp_path: Path) -> None:
    """Acknowledged executions and timers are kept, and refused requests can be repeated."""
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


async def test_state_machine_refused_on_a_full_disk_can_be_created_again(tmp_path: Path) -> None:
    """The repeated call writes it to disk."""
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
    """No folder is made, and the next records are empty."""
    monkeypatch.chdir(tmp_path)
    async with open_records(None) as records:
        await records.journal.submit(build_skip(5), do_nothing)
        assert records.store.clock_ahead() == timedelta(milliseconds=5)
    async with open_records(None) as records:
        assert records.store.clock_ahead() == timedelta(0)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of the test's own
