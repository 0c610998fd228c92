"""The records of state machines and executions, in SQLite.

A waiting execution is three rows: itself, its position, and its events so far. An input that is still the
execution's own is not stored again. Times are whole milliseconds since the epoch.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from stepfunctions_local.engine.burst import Burst, End
from stepfunctions_local.engine.execution import Execution, Phase, Position, Status
from stepfunctions_local.engine.history import Event
from stepfunctions_local.engine.state_machine import MachineStatus, Revision, StateMachine

_SCHEMA = """
CREATE TABLE state_machines (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    configuration TEXT NOT NULL
) STRICT;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    state_machine INTEGER NOT NULL,
    definition TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    updated INTEGER NOT NULL,
    revision_id TEXT
) STRICT;
CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    state_machine INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    input TEXT NOT NULL,
    stopped INTEGER,
    output TEXT,
    error TEXT,
    cause TEXT,
    trace_header TEXT
) STRICT;
CREATE UNIQUE INDEX executions_by_name ON executions (state_machine, name);
CREATE INDEX executions_by_status ON executions (state_machine, status);
CREATE TABLE positions (
    execution INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    input TEXT,
    entered_event INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    phase TEXT NOT NULL,
    due INTEGER NOT NULL,
    retries TEXT NOT NULL
) STRICT;
CREATE TABLE bursts (
    execution INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (execution, first_event)
) STRICT, WITHOUT ROWID;
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_EXECUTION = """
    id, name, state_machine, revision, started, input, status, stopped, output, error, cause, trace_header
"""
_POSITION = """
    p.execution, p.state, coalesce(p.input, e.input), p.entered_event, p.entered, p.last_event, p.phase,
    p.due, p.retries
"""


class Store:
    """Reads and writes the records. Every change is one transaction."""

    def __init__(self, path: str = ":memory:") -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def state_machines(self) -> Iterator[StateMachine]:
        """Yield every state machine with its present revision."""
        rows = self._database.execute(
            """
            SELECT m.id, m.name, m.created, m.status, m.configuration,
                   r.id, r.definition, r.role_arn, r.updated, r.revision_id
            FROM state_machines m JOIN revisions r ON r.id = m.revision
            """
        )
        for identifier, name, created, status, configuration, *revision in rows:
            yield StateMachine(
                identifier,
                name,
                _moment(created),
                _revision(revision),
                MachineStatus(status),
                json.loads(configuration),
            )

    def save_state_machine(self, machine: StateMachine) -> None:
        """Write a state machine down, new or changed, with its present revision."""
        with self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO state_machines VALUES (?, ?, ?, ?, ?, ?)",
                (
                    machine.id,
                    machine.name,
                    machine.status,
                    _milliseconds(machine.created),
                    machine.revision.id,
                    json.dumps(machine.configuration),
                ),
            )
            revision = machine.revision
            self._database.execute(
                "INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?, ?, ?)",
                (
                    revision.id,
                    machine.id,
                    revision.definition,
                    revision.role_arn,
                    _milliseconds(revision.updated),
                    revision.revision_id,
                ),
            )

    def delete_state_machine(self, machine: StateMachine) -> None:
        """Forget a state machine, its revisions, and the executions it had."""
        with self._transaction():
            self._database.execute(
                "DELETE FROM bursts WHERE execution IN (SELECT id FROM executions WHERE state_machine = ?)",
                (machine.id,),
            )
            for table in ("executions", "revisions"):
                self._database.execute(f"DELETE FROM {table} WHERE state_machine = ?", (machine.id,))  # noqa: S608 - both names stand above
            self._database.execute("DELETE FROM state_machines WHERE id = ?", (machine.id,))

    def revision(self, identifier: int) -> Revision:
        """Return a revision that an execution started with."""
        row = self._one(
            "SELECT id, definition, role_arn, updated, revision_id FROM revisions WHERE id = ?", identifier
        )
        return _revision(row)

    def last_ids(self) -> tuple[int, int, int]:
        """Return the highest numbers given to a state machine, a revision and an execution."""
        row = self._one(
            """
            SELECT coalesce((SELECT max(id) FROM state_machines), 0),
                   coalesce((SELECT max(id) FROM revisions), 0),
                   coalesce((SELECT max(id) FROM executions), 0)
            """
        )
        return (row[0], row[1], row[2])

    def add_execution(self, execution: Execution, burst: Burst) -> None:
        """Write a new execution down, with its first burst."""
        with self._transaction():
            self._database.execute(
                f"INSERT INTO executions ({_EXECUTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - the columns stand above
                (
                    execution.id,
                    execution.name,
                    execution.state_machine_id,
                    execution.revision_id,
                    _milliseconds(execution.started),
                    execution.input,
                    execution.status,
                    None,
                    None,
                    None,
                    None,
                    execution.trace_header,
                ),
            )
            self._write(execution, burst)

    def record(self, execution: Execution, burst: Burst) -> None:
        """Write down what happened to an execution, and where it rests now."""
        with self._transaction():
            self._write(execution, burst)

    def execution(self, identifier: int) -> Execution | None:
        """Return an execution by its number."""
        return self._execution("id = ?", identifier)

    def execution_named(self, state_machine_id: int, name: str) -> Execution | None:
        """Return a state machine's execution by its name."""
        return self._execution("state_machine = ? AND name = ?", state_machine_id, name)

    def executions(
        self, state_machine_id: int, status: Status | None, before: int | None, limit: int
    ) -> list[Execution]:
        """Return executions, the latest first, below the number `before`."""
        clauses = {"state_machine = ?": state_machine_id, "status = ?": status, "id < ?": before}
        given = {clause: value for clause, value in clauses.items() if value is not None}
        rows = self._database.execute(
            f"SELECT {_EXECUTION} FROM executions WHERE {' AND '.join(given)} ORDER BY id DESC LIMIT ?",  # noqa: S608 - the clauses stand above
            (*given.values(), limit),
        )
        return [_execution(row) for row in rows]

    def has_running(self, state_machine_id: int) -> bool:
        """Say whether any execution of a state machine has not ended."""
        running = self._one(
            "SELECT EXISTS (SELECT 1 FROM executions WHERE state_machine = ? AND status = 'RUNNING')",
            state_machine_id,
        )
        return bool(running[0])

    def position(self, execution_id: int) -> Position | None:
        """Return where an execution stands; nothing once it has ended."""
        row = self._database.execute(
            f"SELECT {_POSITION} FROM positions p JOIN executions e ON e.id = p.execution WHERE e.id = ?",  # noqa: S608 - the columns stand above
            (execution_id,),
        ).fetchone()
        return _position(row) if row else None

    def events(self, execution_id: int, first: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `first` on, burst by burst."""
        rows = self._database.execute(
            """
            SELECT events FROM bursts
            WHERE execution = :execution AND first_event >= (
                SELECT max(first_event) FROM bursts WHERE execution = :execution AND first_event <= :first
            )
            ORDER BY first_event
            """,
            {"execution": execution_id, "first": first},
        )
        for (events,) in rows:
            yield [event for event in json.loads(events) if event["id"] >= first]

    def events_backwards(self, execution_id: int, last: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `last` back to the first, burst by burst."""
        rows = self._database.execute(
            "SELECT events FROM bursts WHERE execution = ? AND first_event <= ? ORDER BY first_event DESC",
            (execution_id, last),
        )
        for (events,) in rows:
            yield [event for event in reversed(json.loads(events)) if event["id"] <= last]

    def _write(self, execution: Execution, burst: Burst) -> None:
        self._database.execute(
            "INSERT INTO bursts VALUES (?, ?, ?)",
            (execution.id, burst.events[0]["id"], json.dumps(burst.events, separators=(",", ":"))),
        )
        if isinstance(burst.rest, End):
            self._end(execution, burst.rest)
        else:
            self._place(execution, burst.rest)

    def _end(self, execution: Execution, end: End) -> None:
        self._database.execute(
            "UPDATE executions SET status = ?, stopped = ?, output = ?, error = ?, cause = ? WHERE id = ?",
            (
                end.status,
                _milliseconds(end.at),
                end.output,
                end.failure.error,
                end.failure.cause,
                execution.id,
            ),
        )
        self._database.execute("DELETE FROM positions WHERE execution = ?", (execution.id,))

    def _place(self, execution: Execution, position: Position) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                execution.id,
                position.state,
                None if position.input == execution.input else position.input,
                position.entered_event_id,
                _milliseconds(position.entered),
                position.last_event_id,
                position.phase,
                _milliseconds(position.due),
                json.dumps(position.retries),
            ),
        )

    def _execution(self, clause: str, *values: object) -> Execution | None:
        row = self._database.execute(
            f"SELECT {_EXECUTION} FROM executions WHERE {clause}",  # noqa: S608 - the clauses stand above
            values,
        ).fetchone()
        return _execution(row) if row else None

    def _one(self, query: str, *values: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.execute(query, values).fetchone()
        return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _revision(row: Any) -> Revision:  # noqa: ANN401 - a row of SQLite
    identifier, definition, role_arn, updated, revision_id = row
    return Revision(identifier, definition, role_arn, _moment(updated), revision_id)


def _execution(row: Any) -> Execution:  # noqa: ANN401 - a row of SQLite
    identifier, name, machine, revision, started, text, status, stopped, *texts = row
    times = _moment(started), None if stopped is None else _moment(stopped)
    return Execution(identifier, name, machine, revision, times[0], text, Status(status), times[1], *texts)


def _position(row: Any) -> Position:  # noqa: ANN401 - a row of SQLite
    execution, state, text, entered_event, entered, last_event, phase, due, retries = row
    return Position(
        execution,
        state,
        text,
        entered_event,
        _moment(entered),
        last_event,
        Phase(phase),
        _moment(due),
        tuple(json.loads(retries)),
    )
