"""Opens the database of a journal: makes its tables, and refuses one that cannot be trusted."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stepfunctions_local.engine.execution.branch import BITS
from stepfunctions_local.engine.records.listing import LATEST
from stepfunctions_local.engine.records.statements import read_sql, read_statements
from stepfunctions_local.errors import JournalDamaged, SettingError

VERSION = 3
"""The format of the tables. A journal of another format is refused."""

_APPLICATION_ID = 0x64656C79  # "dely"

_CHECKS = read_statements("check")


def connect(path: Path | None) -> sqlite3.Connection:
    """Open a connection, and make the tables where there are none; without a path to a database in memory.

    A commit is on disk when it returns: write-ahead log, and `synchronous=FULL`.

    Raises:
        SettingError: the database cannot be written, on a full disk for example.

    """
    database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    try:
        _set_up(database)
    except sqlite3.DatabaseError as error:
        database.close()
        raise SettingError(
            f"Cannot keep records in {path} ({error}): make room, or choose another folder with --data-dir."
        ) from error
    return database


def require_sound(path: Path) -> None:
    """Check a database before it is opened for writing; one that is not there yet is sound.

    The connection only reads: writing would begin with bringing the log's changes home, and a damaged file
    stays as it is for whoever wants to repair it.

    Raises:
        JournalDamaged: it is another program's, of another version, or damaged; the message says where.

    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            if database.execute("PRAGMA schema_version").fetchone()[0]:
                _check(database, str(path))
    except sqlite3.DatabaseError as error:
        raise JournalDamaged(f"{path} cannot be read ({error}).{_hint(error)}{_WHAT_TO_DO}") from error


def _hint(error: sqlite3.DatabaseError) -> str:
    """Say what an error of input or output, which SQLite tells without its reason, most often is."""
    return " Is the disk full?" if error.sqlite_errorname.startswith("SQLITE_IOERR") else ""


_WHAT_TO_DO = " Nothing was changed. Move it away, or choose another folder with --data-dir."


def _set_up(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    if not database.execute("PRAGMA schema_version").fetchone()[0]:
        database.executescript(f"BEGIN; {_schema()} COMMIT;")


def _schema() -> str:
    positions = read_sql("positions")
    return read_sql("schema").format(
        latest=LATEST,
        positions=positions.format(table="positions"),
        halted=positions.format(table="halted"),
        application_id=_APPLICATION_ID,
        version=VERSION,
    )


def _check(database: sqlite3.Connection, where: str) -> None:
    if database.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise JournalDamaged(f"{where} is not a journal of stepfunctions-local.{_WHAT_TO_DO}")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise JournalDamaged(
            f"{where} has format {version}; this version reads format {VERSION} only.{_WHAT_TO_DO}"
        )
    found = " ".join(database.execute("PRAGMA quick_check(1)").fetchone()[0].split())
    if found != "ok":
        raise JournalDamaged(f"{where} is damaged: {found}.{_WHAT_TO_DO}")
    _check_numbers(database, where)


def _check_numbers(database: sqlite3.Connection, where: str) -> None:
    present, removed, last = _count(database, "turns")
    if present + removed != last:
        raise JournalDamaged(
            f"{where} is damaged: of the turns numbered up to {last}, {last - removed - present} are missing."
            f"{_WHAT_TO_DO}"
        )
    if stray := _count(database, "position_without_execution"):
        raise JournalDamaged(f"{where} is damaged: execution {stray[0]} has no record.{_WHAT_TO_DO}")
    running, positions, roots = _count(database, "running")
    if running != roots:
        raise JournalDamaged(
            f"{where} is damaged: {running} executions run, and {roots} have a position.{_WHAT_TO_DO}"
        )
    _check_branches(database, where, positions - roots)


def _check_branches(database: sqlite3.Connection, where: str, branches: int) -> None:
    """Check that as many branches have a position as the forks wait for."""
    (awaited,) = _count(database, "open_branches")
    if branches != awaited:
        raise JournalDamaged(
            f"{where} is damaged: {awaited:.0f} branches are waited for, and {branches} have a position."
            f"{_WHAT_TO_DO}"
        )


def _count(database: sqlite3.Connection, name: str) -> tuple[int, ...]:
    row: tuple[int, ...] | None = database.execute(_CHECKS[name].format(bits=BITS)).fetchone()
    return row or ()
