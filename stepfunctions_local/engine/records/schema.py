"""Opens the database of a journal: creates its tables, and refuses a database that cannot be trusted."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stepfunctions_local.engine.execution.branch import BITS
from stepfunctions_local.engine.records.listing import LATEST
from stepfunctions_local.engine.records.statements import read_sql, read_statements
from stepfunctions_local.errors import JournalDamaged, SettingError

VERSION = 8
"""The format of the tables. A journal of a newer format is refused, and so is one before OLDEST."""

OLDEST = 3
"""The oldest format that is brought up to date when a journal is opened."""

_APPLICATION_ID = 0x64656C79  # "dely"

_CHECKS = read_statements("check")
_UPGRADES = read_statements("upgrade")


def connect(path: Path | None) -> sqlite3.Connection:
    """Open a connection, and create the tables if there are none. Without a path the database is in memory.

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
    """Check a database before it is opened for writing. One that does not exist yet is sound.

    The connection is read-only. Otherwise SQLite would first apply the log, and change a damaged file that
    might still be repaired.

    Raises:
        JournalDamaged: it is another program's, of another format, or damaged. The message names the file.

    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            if database.execute("PRAGMA schema_version").fetchone()[0]:
                _check(database, str(path))
    except sqlite3.DatabaseError as error:
        raise JournalDamaged(f"{path} cannot be read ({error}).{_guess_cause(error)}{_WHAT_TO_DO}") from error


def _guess_cause(error: sqlite3.DatabaseError) -> str:
    """Return the usual cause of an I/O error, which SQLite reports without one."""
    return " Is the disk full?" if error.sqlite_errorname.startswith("SQLITE_IOERR") else ""


_WHAT_TO_DO = " Nothing was changed. Move it away, or choose another folder with --data-dir."


def _set_up(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    if not database.execute("PRAGMA schema_version").fetchone()[0]:
        database.executescript(f"BEGIN; {_build_schema()} COMMIT;")
    for version in range(_read_version(database), VERSION):
        upgrade = f"{_UPGRADES[str(version)]} PRAGMA user_version = {version + 1};"
        database.executescript(f"BEGIN IMMEDIATE; {upgrade} COMMIT;")


def _read_version(database: sqlite3.Connection) -> int:
    row: tuple[int] = database.execute("PRAGMA user_version").fetchone()
    return row[0]


def _build_schema() -> str:
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
    version = _read_version(database)
    if not OLDEST <= version <= VERSION:
        raise JournalDamaged(
            f"{where} has format {version}; this version reads formats {OLDEST} to {VERSION}.{_WHAT_TO_DO}"
        )
    found = " ".join(database.execute("PRAGMA quick_check(1)").fetchone()[0].split())
    if found != "ok":
        raise JournalDamaged(f"{where} is damaged: {found}.{_WHAT_TO_DO}")
    _check_numbers(database, where)


def _check_numbers(database: sqlite3.Connection, where: str) -> None:
    present, removed, last = _read_counts(database, "turns")
    if present + removed != last:
        raise JournalDamaged(
            f"{where} is damaged: of the turns numbered up to {last}, {last - removed - present} are missing."
            f"{_WHAT_TO_DO}"
        )
    if stray := _read_counts(database, "position_without_execution"):
        raise JournalDamaged(f"{where} is damaged: execution {stray[0]} has no record.{_WHAT_TO_DO}")
    running, positions, roots = _read_counts(database, "running")
    if running != roots:
        raise JournalDamaged(
            f"{where} is damaged: {running} executions run, and {roots} have a position.{_WHAT_TO_DO}"
        )
    _check_branches(database, where, positions - roots)


def _check_branches(database: sqlite3.Connection, where: str, branches: int) -> None:
    """Check that the forks wait for as many branches as have a position."""
    (awaited,) = _read_counts(database, "open_branches")
    if branches != awaited:
        raise JournalDamaged(
            f"{where} is damaged: {awaited:.0f} branches are waited for, and {branches} have a position."
            f"{_WHAT_TO_DO}"
        )


def _read_counts(database: sqlite3.Connection, name: str) -> tuple[int, ...]:
    row: tuple[int, ...] | None = database.execute(_CHECKS[name].format(bits=BITS)).fetchone()
    return row or ()
