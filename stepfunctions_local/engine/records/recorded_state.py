"""Reads how executions stand: what is written down, and nothing ahead of it."""

import sqlite3
from typing import Literal

from stepfunctions_local.engine.execution.branch import ForkProgress, all_of, execution_id_of
from stepfunctions_local.engine.execution.execution import Position
from stepfunctions_local.engine.records.row import POSITION, to_fork, to_position

Table = Literal["positions", "halted"]


class RecordedState:
    """The standing of executions that run, or of those that ended without success."""

    def __init__(self, database: sqlite3.Connection, table: Table) -> None:
        self._database = database
        join = f"FROM {table} p JOIN executions e ON e.id = ? WHERE p.id"
        self._positions = f"SELECT {POSITION} {join}"

    def position(self, branch_id: int) -> Position | None:
        """Return where a branch stands; nothing where it has ended."""
        of_branch = (execution_id_of(branch_id), branch_id)
        row = self._database.execute(f"{self._positions} = ?", of_branch).fetchone()
        return to_position(row) if row else None

    def positions(self, execution_id: int) -> list[Position]:
        """Return where all branches of an execution stand, in the order of their numbers."""
        rows = self._database.execute(
            f"{self._positions} BETWEEN ? AND ? ORDER BY p.id", (execution_id, *all_of(execution_id))
        )
        return [to_position(row) for row in rows.fetchall()]

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return what a branch has begun and waits for."""
        row = self._database.execute("SELECT * FROM forks WHERE id = ?", (branch_id,)).fetchone()
        return to_fork(row) if row else None

    def item(self, fork_id: int, index: int) -> str:
        """Return what a branch of a fork has to begin with, or has ended with."""
        row: tuple[str] = self._database.execute(
            "SELECT text FROM items WHERE fork = ? AND number = ?", (fork_id, index)
        ).fetchone()
        return row[0]

    def items(self, fork_id: int) -> dict[int, str]:
        """Return all that is known of a fork's branches, by their index."""
        rows = self._database.execute("SELECT number, text FROM items WHERE fork = ?", (fork_id,))
        return dict(rows.fetchall())
