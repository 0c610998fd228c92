"""Which databases are opened, and that the others stay as they are."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.records.schema import VERSION
from stepfunctions_local.errors import JournalDamaged, SettingError, StepFunctionsLocalError
from tests.unit.engine.disk import DATABASE, LOG, running
from tests.unit.engine.harness import NOW, Harness
from tests.unit.engine.test_branches import branch, parallel, wait
from tests.unit.engine.test_recovery import WAIT_ONLY

PAGE = 4096
IN_LOG = 20
IN_DATABASE = 200


async def start(harness: Harness, numbers: range) -> None:
    """Start executions that wait, named by their numbers."""
    arn = await harness.create(WAIT_ONLY)
    for number in numbers:
        await harness.start(arn, {"expirydate": 11, "text": "x" * 100}, f"n{number}")


@pytest.fixture
async def crashed(tmp_path: Path) -> Path:
    """Give the folder of an engine that was killed: a database, and a log that is not yet brought home."""
    async with running(tmp_path / "killed", ManualClock(NOW)) as harness:
        await start(harness, range(IN_LOG))
        return harness.crash(tmp_path / "left")


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    """Give the folder of an engine that ended in peace: one database file."""
    async with running(tmp_path / "closed", ManualClock(NOW)) as harness:
        await start(harness, range(IN_DATABASE))
    return tmp_path / "closed"


def files(folder: Path) -> dict[str, bytes]:
    """Read what must not change: the database and its log."""
    return {name: (folder / name).read_bytes() for name in (DATABASE, LOG) if (folder / name).exists()}


async def refusal(folder: Path) -> str:
    """Open records that must be refused without a change; return what is said."""
    before = files(folder)
    with pytest.raises(StepFunctionsLocalError) as refused:
        async with open_records(folder):
            pass
    after = {name: content for name, content in files(folder).items() if content or name in before}
    assert after == before
    message = str(refused.value)
    assert "\n" not in message
    assert str(folder / DATABASE) in message
    return message


async def names(folder: Path) -> list[str]:
    """Open records and list the executions in them, the earliest first."""
    async with open_records(folder) as records:
        found = records.store.executions(Wanted(1), 1_000)
        return [execution.name for execution in reversed(found)]


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Change bytes in the middle of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def execute(folder: Path, statement: str) -> None:
    """Change a database by hand."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        database.execute(statement)
        database.commit()


@pytest.mark.parametrize("cut", [1, 100, 4_000, 5_000])
async def test_a_log_whose_end_was_cut_off_opens_with_what_was_committed(crashed: Path, cut: int) -> None:
    """The last commit may be incomplete; all before it are there, in order."""
    log = crashed / LOG
    log.write_bytes(log.read_bytes()[:-cut])
    found = await names(crashed)
    assert found == [f"n{number}" for number in range(len(found))]
    assert len(found) == IN_LOG - 1


async def test_a_log_whose_end_is_garbage_opens_with_what_was_committed(crashed: Path) -> None:
    """As after a crash in the middle of a write: what was appended is no commit."""
    log = crashed / LOG
    log.write_bytes(log.read_bytes() + b"\xa5" * 6_000)
    assert len(await names(crashed)) == IN_LOG


async def test_a_log_whose_last_bytes_are_garbled_opens_with_what_was_committed(crashed: Path) -> None:
    """Its checksums say so."""
    log = crashed / LOG
    overwrite(log, log.stat().st_size - 50, b"\xa5" * 50)
    found = await names(crashed)
    assert found == [f"n{number}" for number in range(len(found))]
    assert len(found) == IN_LOG - 1


@pytest.mark.parametrize("page", [2, 5, 9, 12, 15])
async def test_a_page_of_garbage_is_refused_and_left_alone(closed: Path, page: int) -> None:
    """The message says which file."""
    overwrite(closed / DATABASE, (page - 1) * PAGE, b"\xa5" * PAGE)
    assert "Nothing was changed" in await refusal(closed)


async def test_garbage_in_the_database_is_refused_with_a_log_beside_it(closed: Path, tmp_path: Path) -> None:
    """The log is not brought home into a damaged file: both stay as they were."""
    async with running(closed, ManualClock(NOW)) as harness:
        await start(harness, range(IN_DATABASE, IN_DATABASE + 3))
        left = harness.crash(tmp_path / "left")
    overwrite(left / DATABASE, 19 * PAGE, b"\xa5" * PAGE)
    await refusal(left)
    assert (left / LOG).stat().st_size


async def test_a_database_that_was_cut_off_is_refused(closed: Path) -> None:
    """At a page's border, where no page is torn."""
    path = closed / DATABASE
    path.write_bytes(path.read_bytes()[: -5 * PAGE])
    await refusal(closed)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM turns WHERE number = 17", "of the turns numbered up to 200, 1 are missing"),
        ("DELETE FROM turns WHERE number = 200", "of the turns numbered up to 200, 1 are missing"),
        ("DELETE FROM executions WHERE id = 5", "execution 5 has no record"),
        ("DELETE FROM positions WHERE id >> 16 = 5", "200 executions run, and 199 have a position"),
        ("DROP TABLE turns", "cannot be read (no such table: turns)"),
    ],
)
async def test_records_that_were_taken_out_by_hand_are_missed(
    closed: Path, statement: str, said: str
) -> None:
    """SQLite itself finds nothing wrong; the counts do."""
    execute(closed, statement)
    assert said in await refusal(closed)


@pytest.mark.parametrize(
    ("statement", "awaited", "placed"),
    [
        ("DELETE FROM positions WHERE id & 65535 > 0 AND parent & 65535 > 0", 6, 4),
        ("DELETE FROM forks WHERE id & 65535 = 0", 2, 6),
        ("UPDATE forks SET open = open - 1 WHERE id & 65535 > 0", 4, 6),
    ],
)
async def test_branches_that_were_taken_out_by_hand_are_missed(
    tmp_path: Path, statement: str, awaited: int, placed: int
) -> None:
    """A branch that nobody waits for any more, or that is waited for in vain, would hang for ever."""
    inner = parallel(branch(A=wait(5)))["Work"]
    async with running(tmp_path, ManualClock(NOW)) as harness:
        arn = await harness.create(parallel(branch(B=wait(5)), branch(C=inner)))
        for _ in range(2):
            await harness.start(arn)
    execute(tmp_path, statement)
    said = f"{awaited} branches are waited for, and {placed} have a position"
    assert said in await refusal(tmp_path)


async def test_an_unknown_version_is_refused(closed: Path) -> None:
    """The message says which one it is, and which one is read."""
    execute(closed, f"PRAGMA user_version = {VERSION + 1}")
    said = f"has format {VERSION + 1}; this version reads format {VERSION} only"
    assert said in await refusal(closed)


@pytest.mark.parametrize("mode", ["delete", "wal"])
async def test_the_database_of_another_program_is_refused(tmp_path: Path, mode: str) -> None:
    """Not even its journal mode is changed."""
    execute(tmp_path, f"PRAGMA journal_mode = {mode}")
    execute(tmp_path, "CREATE TABLE customers (name TEXT)")
    assert "is not a journal of stepfunctions-local" in await refusal(tmp_path)


@pytest.mark.parametrize("content", [b"not a database at all, but a text\n" * 40, b"\0" * 8192])
async def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """A text file, and a file of zeros, which a crash of the machine can leave."""
    (tmp_path / DATABASE).write_bytes(content)
    await refusal(tmp_path)


async def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    """A crash right at the first start leaves one."""
    (tmp_path / DATABASE).touch()
    assert await names(tmp_path) == []


async def test_a_folder_with_strange_characters_is_a_folder(tmp_path: Path) -> None:
    """Its name goes into a URI."""
    folder = tmp_path / "50 % of? #1"
    for _ in range(2):
        assert await names(folder) == []


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("/proc/nowhere")])
async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A file is in its place, or its disk takes no folders; the message names the options."""
    make(tmp_path / "taken")
    with pytest.raises(SettingError, match=r"--data-dir, or keep none with --in-memory\.$"):
        async with open_records(tmp_path / "taken"):
            pass


async def test_a_folder_in_use_is_refused_and_says_by_whom(tmp_path: Path) -> None:
    """Until the other one lets go."""
    async with open_records(tmp_path):
        with pytest.raises(SettingError, match=r"is in use by another process \(process \d+\)"):
            async with open_records(tmp_path):
                pass
    assert await names(tmp_path) == []


async def test_damage_is_an_error_of_its_own(closed: Path) -> None:
    """So that nobody takes it for a setting."""
    overwrite(closed / DATABASE, 0, b"\xa5" * 100)
    with pytest.raises(JournalDamaged):
        async with open_records(closed):
            pass


async def test_a_log_that_was_taken_away_is_not_missed(crashed: Path) -> None:
    """What is left is a whole, older state; the decision on the journal says so."""
    (crashed / LOG).unlink()
    assert await names(crashed) == []


async def test_a_letter_that_changed_inside_a_text_is_not_seen(closed: Path) -> None:
    """SQLite has no checksums of pages; the decision on the journal says so."""
    path = closed / DATABASE
    path.write_bytes(path.read_bytes().replace(b"xxxxx", b"xxyxx"))
    assert len(await names(closed)) == IN_DATABASE


async def test_an_ended_execution_that_was_taken_out_by_hand_is_not_missed(tmp_path: Path) -> None:
    """Its turns stay, and are counted; the decision on the journal says so."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        await start(harness, range(3))
        await harness.skip(11)
    execute(tmp_path, "DELETE FROM executions WHERE id = 2")
    assert await names(tmp_path) == ["n0", "n2"]
