"""Reads the records of state machines and executions: what is written down, and nothing ahead of it."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from stepfunctions_local.engine.execution.execution import Execution, Phase, Status
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import Revision, StateMachine
from stepfunctions_local.engine.machines.version import Version
from stepfunctions_local.engine.records.listing import BEFORE_ALL, Place, Wanted, place
from stepfunctions_local.engine.records.recorded_state import RecordedState
from stepfunctions_local.engine.records.row import (
    EXECUTION,
    JOB,
    LATEST,
    to_execution,
    to_milliseconds,
    to_moment,
)
from stepfunctions_local.engine.records.state_machine_row import (
    to_alias,
    to_revision,
    to_state_machine,
    to_version,
)

_PRESENT_REVISION = 4
"""Its place in the row of a state machine."""


class Store:
    """Owns a connection that reads.

    `state` is the state of running executions, `halted` that of executions which ended without success.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.state = RecordedState(database, "positions")
        self.halted = RecordedState(database, "halted")

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def state_machines(self) -> list[StateMachine]:
        """Return every state machine with its present revision, the oldest first."""
        versions, aliases = self._versions(), self._aliases()
        rows = self._database.execute("SELECT * FROM state_machines ORDER BY id").fetchall()
        return [
            to_state_machine(row, self.revision(row[_PRESENT_REVISION]), versions[row[0]], aliases[row[0]])
            for row in rows
        ]

    def revision(self, identifier: int) -> Revision:
        """Return a revision that an execution started with."""
        return to_revision(self._one("SELECT * FROM revisions WHERE id = ?", identifier))

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

    def clock_ahead(self) -> timedelta:
        """Return how far the clock was skipped."""
        row = self._one("SELECT value FROM meta WHERE name = 'clock_ahead'")
        return timedelta(milliseconds=row[0])

    def token_key(self) -> bytes:
        """Return the secret that task tokens are sealed with."""
        key: int = self._one("SELECT value FROM meta WHERE name = 'token_key'")[0]
        return key.to_bytes(8, signed=True)

    def running(self) -> Counter[int]:
        """Count the executions of each state machine that have not ended."""
        rows = self._database.execute(
            "SELECT state_machine, count(*) FROM executions WHERE status = 'RUNNING' GROUP BY state_machine"
        )
        return Counter(dict(rows.fetchall()))

    def due(self) -> Iterator[tuple[datetime, int]]:
        """Yield when each branch of a running execution is to be looked at, in order."""
        rows = self._database.execute("SELECT due, id FROM positions ORDER BY due, id")
        return ((to_moment(due), branch_id) for due, branch_id in rows)

    def calling(self) -> list[int]:
        """Return the branches with a call in flight, the first to have planned one first."""
        rows = self._database.execute(
            "SELECT id FROM positions WHERE phase = ? ORDER BY entered, id", (Phase.CALLING,)
        )
        return [row[0] for row in rows.fetchall()]

    def waiting_for_jobs(self) -> list[tuple[int, str]]:
        """Return the branches that wait for a job to end, with its name."""
        rows = self._database.execute(
            f"SELECT id, {JOB} FROM positions WHERE phase = ? AND {JOB} IS NOT NULL",  # noqa: S608 - an expression of our own
            (Phase.AWAITING,),
        )
        return rows.fetchall()

    def expired(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Return executions that ended before a moment."""
        rows = self._database.execute(
            "SELECT id FROM executions WHERE stopped < ? LIMIT ?", (to_milliseconds(before), limit)
        )
        return tuple(row[0] for row in rows.fetchall())

    def execution(self, identifier: int) -> Execution | None:
        """Return an execution by its number."""
        return self._execution("id = ?", identifier)

    def execution_named(self, state_machine_id: int, name: str) -> Execution | None:
        """Return a state machine's execution by its name."""
        return self._execution("state_machine = ? AND name = ?", state_machine_id, name)

    def executions(self, wanted: Wanted, limit: int, after: Place = BEFORE_ALL) -> list[Execution]:
        """Return the wanted executions that come after a place, the latest first."""
        # Status by status an index gives them in order; together, all there are would have to be sorted.
        found = chain.from_iterable(
            self._with_status(wanted, status, limit, after) for status in wanted.statuses
        )
        return sorted(found, key=place, reverse=True)[:limit]

    def redriven(self, execution_id: int, token: str, since: datetime) -> datetime | None:
        """Return when a request with a token redrove an execution, if it did so since a moment."""
        row = self._database.execute(
            "SELECT max(redriven) FROM redrives WHERE execution = ? AND token = ? AND redriven >= ?",
            (execution_id, token, to_milliseconds(since)),
        ).fetchone()
        return None if row[0] is None else to_moment(row[0])

    def events(self, execution_id: int, first: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `first` on, burst by burst."""
        numbers = self._bursts(
            """
            first_event >= (
                SELECT max(first_event) FROM bursts WHERE execution = :execution AND first_event <= :event
            )
            ORDER BY first_event
            """,
            execution_id,
            first,
        )
        for number in numbers:
            yield [event for event in self._turn(number) if event["id"] >= first]

    def events_backwards(self, execution_id: int, last: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `last` back to the first, burst by burst."""
        for number in self._bursts("first_event <= :event ORDER BY first_event DESC", execution_id, last):
            yield [event for event in reversed(self._turn(number)) if event["id"] <= last]

    def _versions(self) -> dict[int, dict[int, Version]]:
        found: dict[int, dict[int, Version]] = defaultdict(dict)
        for row in self._database.execute("SELECT * FROM versions ORDER BY number"):
            version = to_version(row)
            found[row[0]][version.number] = version
        return found

    def _aliases(self) -> dict[int, dict[str, Alias]]:
        found: dict[int, dict[str, Alias]] = defaultdict(dict)
        for row in self._database.execute("SELECT * FROM aliases"):
            alias = to_alias(row)
            found[row[0]][alias.name] = alias
        return found

    def _with_status(self, wanted: Wanted, status: Status, limit: int, after: Place) -> list[Execution]:
        terms = [f"{column} = ?" for column in (*wanted.columns, "status")]
        if wanted.redriven is not None:
            terms.append("redrives > 0" if wanted.redriven else "redrives = 0")
        moment, identifier = after
        rows = self._database.execute(
            f"""
            SELECT {EXECUTION} FROM executions
            WHERE {" AND ".join(terms)} AND {LATEST} <= ? AND ({LATEST} < ? OR id < ?)
            ORDER BY {LATEST} DESC, id DESC LIMIT ?
            """,  # noqa: S608 - the terms stand in this package
            (*wanted.columns.values(), status, moment, moment, identifier, limit),
        )
        return [to_execution(row) for row in rows.fetchall()]

    def _bursts(self, clause: str, execution_id: int, event: int) -> list[int]:
        # Numbers first, each burst when it is wanted: an open cursor would keep the log from being reset.
        rows = self._database.execute(
            f"SELECT number FROM bursts WHERE execution = :execution AND {clause}",  # noqa: S608 - the clauses stand above
            {"execution": execution_id, "event": event},
        )
        return [row[0] for row in rows.fetchall()]

    def _turn(self, number: int) -> list[Event]:
        events: list[Event] = json.loads(self._one("SELECT events FROM bursts WHERE number = ?", number)[0])
        return events

    def _execution(self, clause: str, *values: object) -> Execution | None:
        row = self._database.execute(
            f"SELECT {EXECUTION} FROM executions WHERE {clause}",  # noqa: S608 - the clauses stand above
            values,
        ).fetchone()
        return to_execution(row) if row else None

    def _one(self, query: str, *values: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.execute(query, values).fetchone()
        return row
