"""Reads the state of executions from the records, without changes that are not yet on disk."""

import sqlite3
from datetime import datetime
from typing import Literal

from stepfunctions_local.engine.execution.branch import ForkProgress, branch_id_range, execution_id_of
from stepfunctions_local.engine.execution.execution import Position
from stepfunctions_local.engine.execution.history import to_event_time
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.records.row import to_fork, to_map_run, to_position
from stepfunctions_local.engine.records.statements import read_statements

_SQL = read_statements("state")

Table = Literal["positions", "halted"]


class RecordedState:
    """The state of running executions, or of those that ended without success."""

    def __init__(self, database: sqlite3.Connection, table: Table) -> None:
        self._database = database
        self._positions = _SQL["positions"].format(table=table)

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch rests; None if it has ended."""
        found = self._read_between(execution_id_of(branch_id), branch_id, branch_id)
        return found[0] if found else None

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution rest, in the order of their ids."""
        return self._read_between(execution_id, *branch_id_range(execution_id))

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return the progress of a branch's Parallel or Map; None if it is in neither."""
        row = self._database.execute(_SQL["fork"], {"id": branch_id}).fetchone()
        return to_fork(row) if row else None

    def item(self, fork_id: int, index: int) -> str:
        """Return the input that a branch of a fork begins with, or the output it ended with."""
        row: tuple[str] = self._database.execute(_SQL["item"], {"fork": fork_id, "number": index}).fetchone()
        return row[0]

    def items(self, fork_id: int) -> dict[int, str]:
        """Return the known inputs and outputs of a fork's branches, by their index."""
        return dict(self._database.execute(_SQL["items"], {"fork": fork_id}).fetchall())

    def map_run(self, branch_id: int) -> MapRun | None:
        """Return the latest Map Run that a branch has begun; None if there is none."""
        row = self._database.execute(_SQL["map_run"], {"branch": branch_id}).fetchone()
        return to_map_run(row) if row else None

    def last_event_at(self, execution_id: int) -> datetime | None:
        """Return when (UTC) the last event of an execution happened; None if there is none."""
        row = self._database.execute(_SQL["last_event"], {"execution": execution_id}).fetchone()
        return to_event_time(row[0]) if row else None

    def invocations(self, execution_id: int, state: str) -> int:
        """Return how often a mocked Task of an execution has been invoked."""
        row = self._database.execute(_SQL["invocations"], {"execution": execution_id, "state": state})
        return next(row, (0,))[0]

    def _read_between(self, execution_id: int, first: int, last: int) -> list[Position]:
        parameters = {"execution": execution_id, "first": first, "last": last}
        return [to_position(row) for row in self._database.execute(self._positions, parameters).fetchall()]
