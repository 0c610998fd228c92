"""Writes changes into the tables: a batch is one transaction."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from stepfunctions_local.engine.execution.branch import all_of
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.execution.state import StateChanges
from stepfunctions_local.engine.execution.turn import End
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version
from stepfunctions_local.engine.records.change import (
    AliasDeleted,
    AliasSaved,
    Change,
    ClockSkipped,
    ExecutionMoved,
    ExecutionRedriven,
    ExecutionsExpired,
    StateMachineDeleted,
    StateMachineSaved,
    VersionDeleted,
)
from stepfunctions_local.engine.records.row import (
    EXECUTION,
    execution_row,
    fork_row,
    position_row,
    to_milliseconds,
)
from stepfunctions_local.engine.records.state_machine_row import (
    alias_row,
    revision_row,
    state_machine_row,
    version_row,
)

_INSERT_EXECUTION = f"INSERT INTO executions ({EXECUTION}) VALUES ({', '.join('?' * 16)})"  # noqa: S608 - the columns are constant
_INSERT_BURST = "INSERT INTO bursts VALUES (?, ?, ?, ?)"
_PLACE = "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HALT = "INSERT OR REPLACE INTO halted VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HALT_ALL = "INSERT OR REPLACE INTO halted SELECT * FROM positions WHERE id BETWEEN ? AND ?"
_LEAVE_ALL = "DELETE FROM positions WHERE id BETWEEN ? AND ?"
_FORK = "INSERT OR REPLACE INTO forks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_JOIN = "DELETE FROM forks WHERE id = ?"
_EMPTY = "DELETE FROM items WHERE fork = ?"
_KEEP = "INSERT OR REPLACE INTO items VALUES (?, ?, ?)"
_LEAVE = "DELETE FROM positions WHERE id = ?"
_END = "UPDATE executions SET status = ?, stopped = ?, output = ?, error = ?, cause = ? WHERE id = ?"
_REDRIVE = """
    UPDATE executions
    SET status = ?, stopped = NULL, output = NULL, error = NULL, cause = NULL, redrives = ?, redriven = ?
    WHERE id = ?
"""
_FORGET = (
    "DELETE FROM executions WHERE id = :execution",
    "DELETE FROM redrives WHERE execution = :execution",
    "DELETE FROM halted WHERE id BETWEEN :first AND :last",
    "DELETE FROM forks WHERE id BETWEEN :first AND :last",
    "DELETE FROM items WHERE fork BETWEEN :first AND :last",
)


_SAVE_STATE_MACHINE = "INSERT OR REPLACE INTO state_machines VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_REVISION = "INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_VERSION = "INSERT INTO versions VALUES (?, ?, ?, ?, ?)"
_DELETE_VERSION = "DELETE FROM versions WHERE state_machine = ? AND number = ?"
_SAVE_ALIAS = "INSERT OR REPLACE INTO aliases VALUES (?, ?, ?, ?, ?, ?)"
_DELETE_ALIAS = "DELETE FROM aliases WHERE state_machine = ? AND name = ?"
_DELETE_STATE_MACHINE = (
    "DELETE FROM aliases WHERE state_machine = ?",
    "DELETE FROM versions WHERE state_machine = ?",
    "DELETE FROM revisions WHERE state_machine = ?",
    "DELETE FROM state_machines WHERE id = ?",
)


class Writer:
    """Owns the connection that writes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._committed_burst = self._last_burst = self._numbered()

    def write(self, changes: Sequence[Change]) -> None:
        """Write a batch, in a transaction that `commit` ends; one that it did not end is undone first.

        Raises:
            sqlite3.Error: the database cannot be written.

        """
        self._undo()
        self._database.execute("BEGIN IMMEDIATE")
        for change in changes:
            self._write(change)
        self._database.execute("UPDATE meta SET value = ? WHERE name = 'last_burst'", (self._last_burst,))

    def commit(self) -> None:
        """End the transaction: when this returns, it is on disk.

        Raises:
            sqlite3.Error: the database cannot be written, a full disk for example.

        """
        self._database.execute("COMMIT")
        self._committed_burst = self._last_burst

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _undo(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        self._last_burst = self._committed_burst

    def _numbered(self) -> int:
        row: tuple[int] = self._database.execute(
            "SELECT value FROM meta WHERE name = 'last_burst'"
        ).fetchone()
        return row[0]

    def _write(self, change: Change) -> None:
        match change:
            case ExecutionMoved():
                self._move(change)
            case ExecutionRedriven(execution, token):
                self._redrive(execution, token)
            case StateMachineSaved(machine, published):
                self._save(machine, published)
            case StateMachineDeleted(machine_id):
                self._delete(machine_id)
            case VersionDeleted(machine_id, number):
                self._database.execute(_DELETE_VERSION, (machine_id, number))
            case AliasSaved(machine_id, alias):
                self._database.execute(_SAVE_ALIAS, alias_row(machine_id, alias))
            case AliasDeleted(machine_id, name):
                self._database.execute(_DELETE_ALIAS, (machine_id, name))
            case ExecutionsExpired(execution_ids):
                self._forget(execution_ids)
            case ClockSkipped(ahead):
                self._database.execute(
                    "UPDATE meta SET value = ? WHERE name = 'clock_ahead'",
                    (round(ahead.total_seconds() * 1000),),
                )

    def _move(self, change: ExecutionMoved) -> None:
        execution, turn = change.execution, change.turn
        if change.is_new:
            self._database.execute(_INSERT_EXECUTION, execution_row(execution))
        if turn.events:
            self._tell(execution, turn.events)
        if turn.end:
            self._end(execution, turn.end)
        place = _HALT if turn.end and not turn.end.is_success else _PLACE
        for branch_id, position in turn.changes.positions.items():
            if position is None:
                self._database.execute(_LEAVE, (branch_id,))
            else:
                self._database.execute(place, position_row(position, execution))
        self._fork(turn.changes)

    def _tell(self, execution: Execution, events: list[Event]) -> None:
        text = json.dumps(events, separators=(",", ":"))
        self._last_burst += 1
        self._database.execute(_INSERT_BURST, (self._last_burst, execution.id, events[0]["id"], text))

    def _fork(self, changes: StateChanges) -> None:
        for fork_id in changes.emptied:
            self._database.execute(_EMPTY, (fork_id,))
        for fork_id, fork in changes.forks.items():
            self._database.execute(*((_FORK, fork_row(fork)) if fork else (_JOIN, (fork_id,))))
        for fork_id, items in changes.items.items():
            self._database.executemany(_KEEP, ((fork_id, index, text) for index, text in items.items()))

    def _end(self, execution: Execution, end: End) -> None:
        failure = end.failure
        stopped = to_milliseconds(end.at)
        self._database.execute(
            _END, (end.status, stopped, end.output, failure.error, failure.cause, execution.id)
        )
        if not end.is_success:
            self._database.execute(_HALT_ALL, all_of(execution.id))
            self._database.execute(_LEAVE_ALL, all_of(execution.id))

    def _redrive(self, execution: Execution, token: str | None) -> None:
        redriven = to_milliseconds(execution.redriven or execution.started)
        self._database.execute(_REDRIVE, (execution.status, execution.redrives, redriven, execution.id))
        self._database.execute(
            "INSERT INTO redrives VALUES (?, ?, ?, ?)", (execution.id, execution.redrives, redriven, token)
        )
        self._database.execute("DELETE FROM halted WHERE id BETWEEN ? AND ?", all_of(execution.id))

    def _save(self, machine: StateMachine, published: Version | None) -> None:
        self._database.execute(_SAVE_STATE_MACHINE, state_machine_row(machine))
        self._database.execute(_INSERT_REVISION, revision_row(machine))
        if published:
            self._database.execute(_INSERT_VERSION, version_row(machine.id, published))

    def _delete(self, machine_id: int) -> None:
        executions = self._database.execute(
            "SELECT id FROM executions WHERE state_machine = ?", (machine_id,)
        )
        self._forget([row[0] for row in executions])
        for statement in _DELETE_STATE_MACHINE:
            self._database.execute(statement, (machine_id,))

    def _forget(self, execution_ids: Iterable[int]) -> None:
        removed = 0
        for execution_id in execution_ids:
            removed += self._database.execute(
                "DELETE FROM bursts WHERE execution = ?", (execution_id,)
            ).rowcount
            first, last = all_of(execution_id)
            for statement in _FORGET:
                self._database.execute(statement, {"execution": execution_id, "first": first, "last": last})
        self._database.execute("UPDATE meta SET value = value + ? WHERE name = 'bursts_removed'", (removed,))
