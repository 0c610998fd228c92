"""Opening of databases; a refused database is left unchanged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.records.schema import OLDEST, VERSION, connect
from stepfunctions_local.errors import JournalDamaged, SettingError, StepFunctionsLocalError
from tests.unit.engine.disk import DATABASE, LOG, running
from tests.unit.engine.harness import NOW, Harness
from tests.unit.engine.test_branches import branch, parallel, wait
from tests.unit.engine.test_recovery import WAIT_ONLY

PAGE = 4096
IN_LOG = 20
IN_DATABASE = 200


async def start(harness: Harness, numbers: range) -> None:
    """Start waiting executions, named by their numbers."""
    arn = await harness.create(WAIT_ONLY)
    for number in numbers:
        await harness.start(arn, {"expirydate": 11, "text": "x" * 100}, f"n{number}")


@pytest.fixture
async def crashed(tmp_path: Path) -> Path:
    """The folder of a killed engine: a database, and a log without a checkpoint."""
    async with running(tmp_path / "killed", ManualClock(NOW)) as harness:
        await start(harness, range(IN_LOG))
        return harness.crash(tmp_path / "left")


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    """The folder of a closed engine: one database file."""
    async with running(tmp_path / "closed", ManualClock(NOW)) as harness:
        await start(harness, range(IN_DATABASE))
    return tmp_path / "closed"


def files(folder: Path) -> dict[str, bytes]:
    """Return the database and its log, which must not change."""
    return {name: (folder / name).read_bytes() for name in (DATABASE, LOG) if (folder / name).exists()}


async def refusal(folder: Path) -> str:
    """Return the error of opening records, which must leave them unchanged."""
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
    """Open records and return the names of their executions, the earliest first."""
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
async def test_truncated_log_opens_with_its_whole_commits(crashed: Path, cut: int) -> None:
    """The last commit may be incomplete; all before it are there, in order."""
    log = crashed / LOG
    log.write_bytes(log.read_bytes()[:-cut])
    found = await names(crashed)
    assert found == [f"n{number}" for number in range(len(found))]
    assert len(found) == IN_LOG - 1


async def test_log_with_appended_garbage_opens_with_its_commits(crashed: Path) -> None:
    """A crash in the middle of a write leaves such an end."""
    log = crashed / LOG
    log.write_bytes(log.read_bytes() + b"\xa5" * 6_000)
    assert len(await names(crashed)) == IN_LOG


async def test_log_with_a_damaged_end_opens_with_its_whole_commits(crashed: Path) -> None:
    """Its checksums reveal the damage."""
    log = crashed / LOG
    overwrite(log, log.stat().st_size - 50, b"\xa5" * 50)
    found = await names(crashed)
    assert found == [f"n{number}" for number in range(len(found))]
    assert len(found) == IN_LOG - 1


@pytest.mark.parametrize("page", [2, 5, 9, 12, 15])
async def test_damaged_page_is_refused_and_left_unchanged(closed: Path, page: int) -> None:
    """The error names the file."""
    overwrite(closed / DATABASE, (page - 1) * PAGE, b"\xa5" * PAGE)
    assert "Nothing was changed" in await refusal(closed)


async def test_damaged_database_with_a_log_is_refused(closed: Path, tmp_path: Path) -> None:
    """The log is not written into a damaged file: both stay unchanged."""
    async with running(closed, ManualClock(NOW)) as harness:
        await start(harness, range(IN_DATABASE, IN_DATABASE + 3))
        left = harness.crash(tmp_path / "left")
    overwrite(left / DATABASE, 19 * PAGE, b"\xa5" * PAGE)
    await refusal(left)
    assert (left / LOG).stat().st_size


async def test_truncated_database_is_refused(closed: Path) -> None:
    """It ends between two pages, and none is torn."""
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
async def test_records_deleted_by_hand_are_detected(closed: Path, statement: str, said: str) -> None:
    """SQLite itself finds no damage; the counts do."""
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
async def test_branches_deleted_by_hand_are_detected(
    tmp_path: Path, statement: str, awaited: int, placed: int
) -> None:
    """Their executions would hang for ever."""
    inner = parallel(branch(A=wait(5)))["Work"]
    async with running(tmp_path, ManualClock(NOW)) as harness:
        arn = await harness.create(parallel(branch(B=wait(5)), branch(C=inner)))
        for _ in range(2):
            await harness.start(arn)
    execute(tmp_path, statement)
    said = f"{awaited} branches are waited for, and {placed} have a position"
    assert said in await refusal(tmp_path)


async def test_unknown_format_is_refused(closed: Path) -> None:
    """The error has the format of the file, and the supported one."""
    execute(closed, f"PRAGMA user_version = {VERSION + 1}")
    said = f"has format {VERSION + 1}; this version reads formats {OLDEST} to {VERSION}"
    assert said in await refusal(closed)


@pytest.mark.parametrize("mode", ["delete", "wal"])
async def test_database_of_another_program_is_refused(tmp_path: Path, mode: str) -> None:
    """Even its journal mode is unchanged."""
    execute(tmp_path, f"PRAGMA journal_mode = {mode}")
    execute(tmp_path, "CREATE TABLE customers (name TEXT)")
    assert "is not a journal of stepfunctions-local" in await refusal(tmp_path)


@pytest.mark.parametrize("content", [b"not a database at all, but a text\n" * 40, b"\0" * 8192])
async def test_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """It may be a text, or zeros after a crash of the computer."""
    (tmp_path / DATABASE).write_bytes(content)
    await refusal(tmp_path)


async def test_empty_file_is_a_new_database(tmp_path: Path) -> None:
    """A crash in the first start leaves such a file."""
    (tmp_path / DATABASE).touch()
    assert await names(tmp_path) == []


async def test_folder_with_special_characters_is_opened(tmp_path: Path) -> None:
    """Its name is part of a URI."""
    folder = tmp_path / "50 % of? #1"
    for _ in range(2):
        assert await names(folder) == []


@pytest.mark.parametrize("folder", ["taken", "/proc/nowhere"])
async def test_folder_that_cannot_be_created_is_refused(tmp_path: Path, folder: str) -> None:
    """A file is in its place, or the file system has no folders; the error names the options."""
    (tmp_path / "taken").touch()
    with pytest.raises(SettingError, match=r"--data-dir, or keep none with --in-memory\.$"):
        async with open_records(tmp_path / folder):
            pass


async def test_folder_in_use_is_refused_with_its_process(tmp_path: Path) -> None:
    """The folder can be opened once the other process closes it."""
    async with open_records(tmp_path):
        with pytest.raises(SettingError, match=r"is in use by another process \(process \d+\)"):
            async with open_records(tmp_path):
                pass
    assert await names(tmp_path) == []


async def test_damage_raises_journal_damaged(closed: Path) -> None:
    """It cannot be mistaken for a wrong setting."""
    overwrite(closed / DATABASE, 0, b"\xa5" * 100)
    with pytest.raises(JournalDamaged):
        async with open_records(closed):
            pass


async def test_deleted_log_is_not_detected(crashed: Path) -> None:
    """The rest is a whole, older state; see the decision on the journal."""
    (crashed / LOG).unlink()
    assert await names(crashed) == []


async def test_changed_character_in_a_text_is_not_detected(closed: Path) -> None:
    """SQLite has no checksums of pages; see the decision on the journal."""
    path = closed / DATABASE
    path.write_bytes(path.read_bytes().replace(b"xxxxx", b"xxyxx"))
    assert len(await names(closed)) == IN_DATABASE


async def test_ended_execution_deleted_by_hand_is_not_detected(tmp_path: Path) -> None:
    """Its turns stay, and are counted; see the decision on the journal."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        await start(harness, range(3))
        await harness.skip(11)
    execute(tmp_path, "DELETE FROM executions WHERE id = 2")
    assert await names(tmp_path) == ["n0", "n2"]


def describe_tables(database: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return the columns of each table and index."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master ORDER BY name")]
    return {
        name: [
            row for kind in ("table", "index") for row in database.execute(f"PRAGMA {kind}_info('{name}')")
        ]
        for name in names
    }


async def test_oldest_format_is_brought_up_to_date(tmp_path: Path) -> None:
    """Step by step, its tables become those of a new journal. Its executions stay."""
    script = (Path(__file__).parent / "formats" / f"{OLDEST}.sql").read_text()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database:
        database.executescript(script)
    assert await names(tmp_path) == ["old"]
    assert await names(tmp_path) == ["old"]
    with closing(connect(None)) as new, closing(sqlite3.connect(tmp_path / DATABASE)) as upgraded:
        assert describe_tables(upgraded) == describe_tables(new)
        assert upgraded.execute("PRAGMA user_version").fetchone() == (VERSION,)


async def test_format_before_the_oldest_is_refused(closed: Path) -> None:
    """It is left unchanged."""
    execute(closed, f"PRAGMA user_version = {OLDEST - 1}")
    assert f"has format {OLDEST - 1}; this version reads formats" in await refusal(closed)
