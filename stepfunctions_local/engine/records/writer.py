"""Writes changes into the tables: a batch is one transaction."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import assert_never

from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.state import StateChanges
from stepfunctions_local.engine.execution.turn import End
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version
from stepfunctions_local.engine.records.change import (
    ActivityDeleted,
    ActivitySaved,
    AliasDeleted,
    AliasSaved,
    Change,
    ClockSkipped,
    ExecutionMoved,
    ExecutionsExpired,
    MapRunSaved,
    RemainsDeleted,
    RetentionClockMoved,
    StateMachineDeleted,
    StateMachineSaved,
    VersionDeleted,
)
from stepfunctions_local.engine.records.remains import branches_of, delete_some_remains
from stepfunctions_local.engine.records.row import (
    activity_row,
    execution_row,
    fork_row,
    map_run_row,
    position_row,
    to_milliseconds,
)
from stepfunctions_local.engine.records.state_machine_row import (
    alias_row,
    revision_row,
    state_machine_row,
    version_row,
)
from stepfunctions_local.engine.records.statements import read_statements, split_script

_SQL = read_statements("write")
_SAVE_POSITION = _SQL["save_position"].format(table="positions")
_SAVE_HALTED = _SQL["save_position"].format(table="halted")


class Writer:
    """Owns the connection that writes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._committed_turn = self._last_turn = self._read_last_turn()
        self._latest_event = 0.0

    def write(self, changes: Sequence[Change]) -> None:
        """Write a batch in a transaction that `commit` ends. One left open is rolled back first.

        Raises:
            sqlite3.Error: the database cannot be written.

        """
        self._roll_back()
        self._database.execute("BEGIN IMMEDIATE")
        for change in changes:
            self._write(change)
        self._execute("save_last_turn", number=self._last_turn)
        if self._latest_event:
            self._execute("save_latest_event", milliseconds=ceil(self._latest_event * 1000))

    def commit(self) -> None:
        """Commit the transaction. It is on disk when this returns.

        Raises:
            sqlite3.Error: the database cannot be written, on a full disk for example.

        """
        self._database.execute("COMMIT")
        self._committed_turn = self._last_turn

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        self._last_turn = self._committed_turn
        self._latest_event = 0.0

    def _read_last_turn(self) -> int:
        row: tuple[int] = self._execute("last_turn").fetchone()
        return row[0]

    def _write(self, change: Change) -> None:
        match change:
            case ExecutionMoved():
                self._move(change)
            case StateMachineSaved(machine, published):
                self._save(machine, published)
            case MapRunSaved(run, items):
                self._save_map_run(run, items)
            case VersionDeleted(machine_id, number):
                self._execute("delete_version", state_machine=machine_id, number=number)
            case AliasSaved() | AliasDeleted():
                self._change_alias(change)
            case ActivitySaved(activity):
                self._execute("save_activity", **activity_row(activity))
            case ActivityDeleted(name):
                self._execute("delete_activity", name=name)
            case StateMachineDeleted() | ExecutionsExpired() | RemainsDeleted():
                self._delete(change)
            case ClockSkipped() | RetentionClockMoved():
                self._move_clock(change)
            case _:
                assert_never(change)

    def _change_alias(self, change: AliasSaved | AliasDeleted) -> None:
        match change:
            case AliasSaved(machine_id, alias):
                self._execute("save_alias", **alias_row(machine_id, alias))
            case AliasDeleted(machine_id, name):
                self._execute("delete_alias", state_machine=machine_id, name=name)

    def _save_map_run(self, run: MapRun, items: Mapping[int, str]) -> None:
        self._execute("save_map_run", **map_run_row(run))
        rows = ({"fork": run.id, "number": number, "text": text} for number, text in items.items())
        self._database.executemany(_SQL["save_item"], rows)

    def _delete(self, change: StateMachineDeleted | ExecutionsExpired | RemainsDeleted) -> None:
        match change:
            case StateMachineDeleted(machine_id):
                self._execute_script("delete_state_machine", state_machine=machine_id)
            case ExecutionsExpired(execution_ids):
                for execution_id in execution_ids:
                    self._execute_script("delete_execution", execution=execution_id)
            case RemainsDeleted(seconds):
                delete_some_remains(self._database, seconds)

    def _move_clock(self, change: ClockSkipped | RetentionClockMoved) -> None:
        match change:
            case ClockSkipped(ahead):
                self._execute_script("skip_clock", milliseconds=_count_milliseconds(ahead))
            case RetentionClockMoved(by, start):
                self._execute(
                    "move_retention_clock", by=_count_milliseconds(by), start=to_milliseconds(start)
                )

    def _move(self, change: ExecutionMoved) -> None:
        execution, turn = change.execution, change.turn
        if change.is_new:
            self._database.execute(_SQL["insert_execution"], execution_row(execution))
        if change.redrive:
            self._redrive(execution, change.redrive.token)
        if turn.events:
            self._append(execution, turn.events)
        if turn.end:
            self._end(execution, turn.end)
        save = _SAVE_HALTED if turn.end and not turn.end.is_success else _SAVE_POSITION
        for branch_id, position in turn.changes.positions.items():
            if position is None:
                self._execute("delete_position", id=branch_id)
            else:
                self._database.execute(save, position_row(position, execution))
        self._save_forks(turn.changes)
        for state, number in turn.changes.invocations.items():
            self._execute("save_invocations", execution=execution.id, state=state, number=number)
        for run in turn.changes.runs.values():
            self._execute("save_map_run", **map_run_row(run))

    def _append(self, execution: Execution, events: list[Event]) -> None:
        """Append the events of a turn to a history."""
        text = json.dumps(events, separators=(",", ":"))
        self._last_turn += 1
        self._latest_event = max(self._latest_event, events[-1]["timestamp"])
        first = events[0]["id"]
        self._execute(
            "insert_turn", number=self._last_turn, execution=execution.id, first_event=first, events=text
        )

    def _save_forks(self, changes: StateChanges) -> None:
        for fork_id in changes.emptied:
            self._execute("delete_items", fork=fork_id)
        for fork_id, fork in changes.forks.items():
            if fork is None:
                self._execute("delete_fork", id=fork_id)
            else:
                self._execute("save_fork", **fork_row(fork))
        for fork_id, items in changes.items.items():
            rows = ({"fork": fork_id, "number": index, "text": text} for index, text in items.items())
            self._database.executemany(_SQL["save_item"], rows)
        for fork_id, (first, last) in changes.taken.items():
            self._execute("delete_taken_items", fork=fork_id, first=first, last=last)

    def _end(self, execution: Execution, end: End) -> None:
        self._execute(
            "end_execution",
            id=execution.id,
            status=end.status,
            stopped=to_milliseconds(end.at),
            output=end.output,
            error=end.failure.error,
            cause=end.failure.cause,
        )
        if not end.is_success:
            self._execute_script("halt", **branches_of(execution.id))

    def _redrive(self, execution: Execution, token: str | None) -> None:
        self._execute_script(
            "redrive",
            execution=execution.id,
            status=execution.status,
            redrives=execution.redrives,
            redriven=to_milliseconds(execution.redriven or execution.started),
            token=token,
            **branches_of(execution.id),
        )

    def _save(self, machine: StateMachine, published: Version | None) -> None:
        self._execute("save_state_machine", **state_machine_row(machine))
        self._execute("insert_revision", **revision_row(machine))
        if published:
            self._execute("insert_version", **version_row(machine.id, published))

    def _execute(self, name: str, /, **parameters: object) -> sqlite3.Cursor:
        return self._database.execute(_SQL[name], parameters)

    def _execute_script(self, name: str, /, **parameters: object) -> None:
        for statement in split_script(_SQL[name]):
            self._database.execute(statement, parameters)


def _count_milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
