"""The folder of the records: private, used by one process, and missed when it is gone."""

# ruff: noqa: ASYNC240, PT012 - the folders are the tests' own, and an engine's end raises what is expected

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.records import records as opening
from stepfunctions_local.engine.records.change import ExecutionsExpired
from stepfunctions_local.engine.records.data_directory import DataDirectory, require_free
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.records.schema import connect
from stepfunctions_local.errors import JournalStopped, SettingError
from tests.unit.engine.disk import DATABASE, LOG, DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_recovery import WAIT_ONLY

FILES = {DATABASE, LOG, f"{DATABASE}-shm", "lock", ".gitignore"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def read_modes(folder: Path) -> dict[str, int]:
    """Return the permissions of a folder (as `.`) and of its files."""
    paths = {".": folder} | {path.name: path for path in folder.iterdir()}
    return {name: path.stat().st_mode & 0o777 for name, path in paths.items()}


PRIVATE = {".": 0o700} | dict.fromkeys(FILES, 0o600)


async def write(folder: Path) -> dict[str, int]:
    """Write to the records in a folder, and return the permissions meanwhile."""
    async with running(folder, ManualClock(NOW)) as harness:
        await harness.run(WAIT_ONLY, {"expirydate": 60})
        return read_modes(folder)


async def test_records_are_readable_by_their_owner_alone(folder: Path) -> None:
    """SQLite's own files have the mode of the database, and git ignores them all."""
    assert await write(folder) == PRIVATE
    assert (folder / ".gitignore").read_text() == "*\n"


async def test_wide_permissions_are_narrowed(folder: Path) -> None:
    """The folder and the files of an older version were open to all users."""
    async with running(folder, ManualClock(NOW)) as harness:
        await harness.run(WAIT_ONLY, {"expirydate": 60})
        folder = harness.crash(folder.parent / "left")
    folder.chmod(0o777)
    for path in folder.iterdir():
        path.chmod(0o666)
    assert await write(folder) == PRIVATE


async def test_umask_does_not_matter(folder: Path) -> None:
    """The permissions are given with each file."""
    before = os.umask(0)
    try:
        assert await write(folder) == PRIVATE
    finally:
        os.umask(before)


async def test_folder_with_other_files_keeps_its_mode_and_gets_no_gitignore(folder: Path) -> None:
    """It may be a project's; the records in it are private nevertheless."""
    folder.mkdir(0o755)
    (folder / "template.yaml").touch(0o644)
    modes = await write(folder)
    assert (modes.pop("."), modes.pop("template.yaml")) == (0o755, 0o644)
    assert modes == dict.fromkeys(FILES - {".gitignore"}, 0o600)


async def test_folder_that_others_write_into_is_refused(folder: Path) -> None:
    """There anyone could replace a file by a link between a check and its use."""
    folder.mkdir()
    (folder / "other").touch()
    folder.chmod(0o777)
    with pytest.raises(SettingError, match="chmod go-w"):
        await write(folder)
    assert {path.name for path in folder.iterdir()} == {"other"}


@pytest.mark.parametrize("name", sorted(FILES))
async def test_link_in_the_folder_is_refused(folder: Path, name: str) -> None:
    """Its target is neither written nor made."""
    folder.mkdir()
    target = folder.parent / "target"
    (folder / name).symlink_to(target)
    for content in (None, "precious"):
        if content:
            target.write_text(content)
        with pytest.raises(SettingError, match=f"{name} is a symbolic link: remove it"):
            await write(folder)
        assert (target.read_text() if content else target.exists()) == (content or False)


async def test_pipe_in_the_folder_is_refused(folder: Path) -> None:
    """Opening it does not wait for another process."""
    folder.mkdir()
    os.mkfifo(folder / "lock")
    with pytest.raises(SettingError, match="lock is no regular file"):
        await write(folder)


async def test_link_as_the_folder_is_refused(folder: Path) -> None:
    """A checkout of a stranger's project may contain one."""
    (folder.parent / "target").mkdir()
    folder.symlink_to(folder.parent / "target")
    with pytest.raises(SettingError, match="is a symbolic link: name the folder"):
        await write(folder)
    assert not any((folder.parent / "target").iterdir())


async def test_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could read and replace everything."""
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(SettingError, match="belongs to another user"):
        await write(folder)


async def test_removed_lock_file_lets_no_second_process_in(folder: Path) -> None:
    """The lock is on the folder. Only the name of its process is lost with the file."""
    async with open_records(folder):
        (folder / "lock").unlink()
        with pytest.raises(SettingError, match=r"is in use by another process \(unknown\)"):
            async with open_records(folder):
                pass


def test_free_folder_is_left_as_it_is(folder: Path) -> None:
    """A missing one stays missing, and one that is there can be used at once."""
    require_free(folder)
    assert not folder.exists()
    with DataDirectory(folder), pytest.raises(SettingError, match="is in use by another process"):
        require_free(folder)
    require_free(folder)
    with DataDirectory(folder):
        pass


async def test_refused_second_connection_leaves_none_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection writes, and the other reads."""
    opened: list[sqlite3.Connection] = []

    def connect_once(path: Path) -> sqlite3.Connection:
        if opened:
            raise SettingError("The disk is full.")
        opened.append(connect(path))
        return opened[0]

    monkeypatch.setattr(opening, "connect", connect_once)
    with pytest.raises(SettingError, match="full"):
        async with open_records(folder):
            pass
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


async def test_renamed_folder_lets_no_second_process_in(folder: Path) -> None:
    """It is the same folder by another name."""
    with DataDirectory(folder), pytest.raises(SettingError, match="is in use by another process"):
        async with open_records(folder.rename(folder.parent / "renamed")):
            pass


def remove(folder: Path) -> None:
    """Remove the folder, as `git clean -fdX` does."""
    shutil.rmtree(folder)


def replace(folder: Path) -> None:
    """Move the folder away, and put an older copy in its place."""
    shutil.copytree(folder, folder.parent / "copy")
    folder.rename(folder.parent / "moved")
    (folder.parent / "copy").rename(folder)


def remove_database(folder: Path) -> None:
    """Remove the database alone."""
    (folder / DATABASE).unlink()


def remove_log(folder: Path) -> None:
    """Remove the log alone, which has what the database does not have yet."""
    (folder / LOG).unlink()


LOSSES: list[Callable[[Path], None]] = [remove, replace, remove_database, remove_log]


@asynccontextmanager
async def losing(folder: Path, lose: Callable[[Path], None]) -> AsyncIterator[tuple[DiskHarness, str]]:
    """Lose a folder under a running engine."""
    async with running(folder, ManualClock(NOW)) as harness:
        arn = await harness.create(WAIT_ONLY)
        await harness.start(arn, {"expirydate": 60})
        lose(folder)
        yield harness, arn


@pytest.mark.parametrize("lose", LOSSES)
async def test_start_in_a_lost_folder_is_not_acknowledged(
    folder: Path, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The engine then ends with the reason, which is logged once."""
    with pytest.raises(JournalStopped, match=r"was (removed or moved|replaced) while") as stopped:
        async with losing(folder, lose) as (harness, arn):
            starting = [asyncio.create_task(harness.start(arn, {"expirydate": 60})) for _ in range(3)]
            await asyncio.Event().wait()
    refused = await asyncio.gather(*starting, return_exceptions=True)
    assert {type(error) for error in refused} == {JournalUnwritable}
    assert {str(error) for error in refused} == {str(stopped.value)} == set(caplog.messages)
    assert len(caplog.records) == 1


async def test_stopped_journal_refuses_whatever_comes_later(folder: Path) -> None:
    """Requests may still come while the endpoint closes."""
    with pytest.raises(JournalStopped):
        async with losing(folder, remove) as (harness, _):
            harness.records.journal.verify()  # type: ignore[attr-defined]
            with pytest.raises(JournalUnwritable):
                harness.records.journal.require_writable()
            with pytest.raises(JournalUnwritable):
                harness.records.journal.submit(ExecutionsExpired(())).result()


@pytest.mark.parametrize("lose", LOSSES)
async def test_idle_engine_ends_when_its_folder_is_lost(
    folder: Path, lose: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks once a second."""
    monkeypatch.setattr(opening, "_VERIFY_SECONDS", 0.001)
    with pytest.raises(JournalStopped):
        async with asyncio.timeout(60), losing(folder, lose):
            await asyncio.Event().wait()


async def test_engine_that_ends_leaves_the_folder_in_its_place_alone(folder: Path) -> None:
    """Another process may use it by then: SQLite removes its log by name when it closes."""
    with pytest.raises(JournalStopped):
        async with losing(folder, replace) as (harness, arn):
            before = {path.name: path.read_bytes() for path in folder.iterdir()}
            await harness.start(arn, {"expirydate": 60})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


async def test_change_that_is_lost_at_the_end_raises(folder: Path) -> None:
    """The last batch is written while the engine closes."""
    with pytest.raises(JournalStopped):
        async with losing(folder, remove) as (harness, arn):
            starting = asyncio.create_task(harness.start(arn))
            await asyncio.sleep(0)
    with pytest.raises(JournalUnwritable):
        await starting


async def test_cancelled_engine_stays_cancelled(folder: Path) -> None:
    """Only a cancellation of the journal's own becomes an error."""
    is_open = asyncio.Event()

    async def run() -> None:
        async with open_records(folder):
            is_open.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await is_open.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_violated_constraint_ends_the_engine_and_is_not_retried(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All that was acknowledged before is on disk."""
    with pytest.raises(JournalStopped, match=r"UNIQUE constraint failed.*start it again"):
        async with running(folder, ManualClock(NOW)) as harness:
            arn = await harness.create(WAIT_ONLY)
            kept = await harness.start(arn, {"expirydate": 60}, "kept")
            database = sqlite3.connect(folder / DATABASE)
            database.execute(
                "INSERT INTO executions SELECT id + 1, 'intruder', state_machine, revision, started, input, "
                "status, stopped, output, error, cause, trace_header, redrives, redriven, version, alias, "
                "mocks, map_run, item_count FROM executions"
            )
            database.commit()
            await harness.start(arn, {"expirydate": 60})
    assert len(caplog.records) == 1
    database.execute("DELETE FROM executions WHERE name = 'intruder'")
    database.commit()
    database.close()
    async with running(folder, ManualClock(NOW)) as harness:
        assert harness.now(kept) == kept
