"""The tables, and the checks that a database must pass before anything is read from it or written to it.

Schema version 2:
state_machines, revisions, versions,
aliases, executions                     what the API shows
positions                               where the branches of each running execution stand
forks, items                            what a Parallel or a Map waits for, and what each of its branches has
                                        to begin with or has ended with
halted                                  where the branches of an execution stood that ended without success
redrives                                what clients called the requests to redrive
bursts                                  histories, a burst a row, numbered without gaps
meta                                    the last burst's number, how many bursts were removed since the
                                        first, how many milliseconds the clock was skipped, and the secret
                                        that task tokens are sealed with
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from stepfunctions_local.engine.execution.branch import BITS
from stepfunctions_local.engine.records.row import LATEST
from stepfunctions_local.errors import JournalDamaged, SettingError

VERSION = 2

_APPLICATION_ID = 0x64656C79  # "dely"

_SCHEMA = f"""
CREATE TABLE state_machines (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    tags TEXT NOT NULL,
    first_publication TEXT,
    last_version INTEGER NOT NULL
) STRICT;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    state_machine INTEGER NOT NULL,
    definition TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    configuration TEXT NOT NULL,
    updated INTEGER NOT NULL,
    revision_id TEXT
) STRICT;
CREATE TABLE versions (
    state_machine INTEGER NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created INTEGER NOT NULL,
    description TEXT,
    PRIMARY KEY (state_machine, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE aliases (
    state_machine INTEGER NOT NULL,
    name TEXT NOT NULL,
    routes TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    description TEXT,
    PRIMARY KEY (state_machine, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state_machine INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    started INTEGER NOT NULL,
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    stopped INTEGER,
    output TEXT,
    error TEXT,
    cause TEXT,
    trace_header TEXT,
    redrives INTEGER NOT NULL,
    redriven INTEGER,
    version INTEGER,
    alias TEXT
) STRICT;
CREATE UNIQUE INDEX executions_by_name ON executions (state_machine, name);
CREATE INDEX executions_by_status ON executions (state_machine, status, {LATEST});
CREATE INDEX executions_by_version ON executions (state_machine, version, status, {LATEST})
    WHERE version IS NOT NULL;
CREATE INDEX executions_by_alias ON executions (state_machine, alias, status, {LATEST})
    WHERE alias IS NOT NULL;
CREATE INDEX executions_redriven ON executions (state_machine, status, {LATEST}) WHERE redrives > 0;
CREATE INDEX executions_by_end ON executions (stopped) WHERE stopped IS NOT NULL;
CREATE TABLE positions (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    number INTEGER,
    state TEXT NOT NULL,
    input TEXT,
    entered_event INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    previous_event INTEGER,
    phase TEXT NOT NULL,
    due INTEGER NOT NULL,
    retries TEXT,
    variables TEXT,
    awaited TEXT
) STRICT;
CREATE TABLE halted (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    number INTEGER,
    state TEXT NOT NULL,
    input TEXT,
    entered_event INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    previous_event INTEGER,
    phase TEXT NOT NULL,
    due INTEGER NOT NULL,
    retries TEXT,
    variables TEXT,
    awaited TEXT
) STRICT;
CREATE TABLE forks (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    started_event INTEGER NOT NULL,
    previous_event INTEGER NOT NULL,
    length INTEGER NOT NULL,
    at_once INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    open INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL,
    last_event INTEGER NOT NULL
) STRICT;
CREATE TABLE items (
    fork INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (fork, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE redrives (
    execution INTEGER NOT NULL,
    number INTEGER NOT NULL,
    redriven INTEGER NOT NULL,
    token TEXT,
    PRIMARY KEY (execution, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE bursts (
    number INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    events TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX bursts_by_execution ON bursts (execution, first_event);
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('last_burst', 0), ('bursts_removed', 0), ('clock_ahead', 0), ('token_key', random());
"""  # noqa: S608 - the expression is constant


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
        marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {VERSION};"
        database.executescript(f"BEGIN; {_SCHEMA}{marks} COMMIT;")


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
    meta = dict(database.execute("SELECT name, value FROM meta").fetchall())
    count = database.execute("SELECT count(*) FROM bursts").fetchone()[0]
    last, removed = meta.get("last_burst", 0), meta.get("bursts_removed", 0)
    if count + removed != last:
        raise JournalDamaged(
            f"{where} is damaged: of the bursts numbered up to {last}, {last - removed - count} are missing."
            f"{_WHAT_TO_DO}"
        )
    stray = database.execute(
        f"SELECT id >> {BITS} FROM positions WHERE id >> {BITS} NOT IN (SELECT id FROM executions) LIMIT 1"  # noqa: S608 - a number of our own
    ).fetchone()
    if stray:
        raise JournalDamaged(f"{where} is damaged: execution {stray[0]} has no record.{_WHAT_TO_DO}")
    running, placed, roots = database.execute(
        f"""
        SELECT (SELECT count(*) FROM executions WHERE status = 'RUNNING'), count(*),
               count(*) FILTER (WHERE id & {(1 << BITS) - 1} = 0)
        FROM positions
        """  # noqa: S608 - a number of our own
    ).fetchone()
    if running != roots:
        raise JournalDamaged(
            f"{where} is damaged: {running} executions run, and {roots} have a position.{_WHAT_TO_DO}"
        )
    _check_branches(database, where, placed - roots)


def _check_branches(database: sqlite3.Connection, where: str, branches: int) -> None:
    """Check that as many branches stand somewhere as those that began them wait for."""
    awaited = database.execute(
        # Few executions fork, so the forks come first: CROSS tells SQLite.
        "SELECT total(f.open) FROM forks f CROSS JOIN positions p ON p.id = f.id WHERE p.phase = 'FORKED'"
    ).fetchone()[0]
    if branches != awaited:
        raise JournalDamaged(
            f"{where} is damaged: {awaited:.0f} branches are waited for, and {branches} have a position."
            f"{_WHAT_TO_DO}"
        )
