"""Deletes the remains of deleted executions and state machines, row by row, until the time is over.

A history may have gigabytes, and a state machine a million executions. To delete them in one transaction
would hold up all other requests, so the API forgets them first, and their rows go piece by piece.
"""

import sqlite3
import time
from typing import Final

from stepfunctions_local.engine.execution.branch import branch_id_range
from stepfunctions_local.engine.records.statements import read_statements, split_script

_SQL = read_statements("write")
_ROWS: Final = (
    *("delete_first_turn", "delete_first_item", "delete_first_halted", "delete_first_fork"),
    "delete_first_map_run",
)


def delete_some_remains(database: sqlite3.Connection, seconds: float) -> None:
    """Delete rows of the first remains until the time is over, at least one."""
    deadline = time.perf_counter() + seconds
    turns = 0
    while remains := database.execute(_SQL["first_remains"]).fetchone():
        kind, identifier = remains
        if kind == "execution":
            turns += _delete_row_of_execution(database, identifier)
        else:
            _delete_execution_of_state_machine(database, identifier)
        if time.perf_counter() >= deadline:
            break
    database.execute(_SQL["count_removed_turns"], {"removed": turns})


def branches_of(execution_id: int) -> dict[str, int]:
    """Return the first and the last id that a branch of an execution may have."""
    first, last = branch_id_range(execution_id)
    return {"first": first, "last": last}


def _delete_row_of_execution(database: sqlite3.Connection, execution_id: int) -> int:
    """Delete a row, or the entry of the remains if there is none. Return the number of deleted turns.

    The children of a Map Run come first: they become remains themselves.
    """
    child = database.execute(_SQL["first_child"], branches_of(execution_id)).fetchone()
    if child is not None:
        _delete_execution(database, child[0])
        return 0
    for name in _ROWS:
        parameters = {"id": execution_id, **branches_of(execution_id)}
        if database.execute(_SQL[name], parameters).rowcount:
            return int(name == "delete_first_turn")
    database.execute(_SQL["delete_remains"], {"kind": "execution", "id": execution_id})
    return 0


def _delete_execution_of_state_machine(database: sqlite3.Connection, machine_id: int) -> None:
    execution = database.execute(_SQL["first_execution"], {"id": machine_id}).fetchone()
    if execution is None:
        database.execute(_SQL["delete_remains"], {"kind": "state_machine", "id": machine_id})
        return
    _delete_execution(database, execution[0])


def _delete_execution(database: sqlite3.Connection, execution_id: int) -> None:
    for statement in split_script(_SQL["delete_execution"]):
        database.execute(statement, {"execution": execution_id})
