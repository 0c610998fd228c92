"""Reads the records of state machines and executions: what is written down, and nothing ahead of it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any

from stepfunctions_local.engine.execution import Execution, Phase, Position, Status
from stepfunctions_local.engine.history import Event
from stepfunctions_local.engine.row import (
    EXECUTION,
    POSITION,
    to_execution,
    to_milliseconds,
    to_moment,
    to_position,
    to_revision,
    to_state_machine,
)
from stepfunctions_local.engine.state_machine import Revision, StateMachine

_ABOVE_ALL = 2**63 - 1
"""Above every number of an execution."""


class Store:
    """Owns a connection that reads."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def state_machines(self) -> list[StateMachine]:
        """Return every state machine with its present revision, the oldest first."""
        rows = self._database.execute(
            """
            SELECT m.id, m.name, m.created, m.status, m.configuration,
                   r.id, r.definition, r.role_arn, r.updated, r.revision_id
            FROM state_machines m JOIN revisions r ON r.id = m.revision
            ORDER BY m.id
            """
        )
        return [to_state_machine(row) for row in rows]

    def revision(self, identifier: int) -> Revision:
        """Return a revision that an execution started with."""
        return to_revision(
            self._one(
                "SELECT id, definition, role_arn, updated, revision_id FROM revisions WHERE id = ?",
                identifier,
            )
        )

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

    def running(self) -> Counter[int]:
        """Count the executions of each state machine that have not ended."""
        rows = self._database.execute(
            "SELECT state_machine, count(*) FROM executions WHERE status = 'RUNNING' GROUP BY state_machine"
        )
        return Counter(dict(rows.fetchall()))

    def due(self) -> Iterator[tuple[datetime, int]]:
        """Yield when each running execution is to be looked at, in order."""
        rows = self._database.execute("SELECT due, execution FROM positions ORDER BY due, execution")
        return ((to_moment(due), execution_id) for due, execution_id in rows)

    def calling(self) -> list[int]:
        """Return the executions with a call in flight, the first to have planned one first."""
        rows = self._database.execute(
            "SELECT execution FROM positions WHERE phase = ? ORDER BY entered, execution", (Phase.CALLING,)
        )
        return [row[0] for row in rows.fetchall()]

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

    def executions(
        self, state_machine_id: int, status: Status | None, before: int | None, limit: int
    ) -> list[Execution]:
        """Return executions, the latest first, below the number `before`."""
        # Status by status the index gives them in order; together, all there are would have to be sorted.
        statuses = [status] if status else list(Status)
        latest = chain.from_iterable(
            self._with_status(state_machine_id, one, before or _ABOVE_ALL, limit) for one in statuses
        )
        return sorted(latest, key=attrgetter("id"), reverse=True)[:limit]

    def position(self, execution_id: int) -> Position | None:
        """Return where an execution stands; nothing once it has ended."""
        row = self._database.execute(
            f"SELECT {POSITION} FROM positions p JOIN executions e ON e.id = p.execution WHERE e.id = ?",  # noqa: S608 - the columns are constant
            (execution_id,),
        ).fetchone()
        return to_position(row) if row else None

    def halted(self, execution_id: int) -> Position | None:
        """Return where an execution stood that ended without success."""
        row = self._database.execute(
            f"SELECT {POSITION} FROM halted p JOIN executions e ON e.id = p.execution WHERE e.id = ?",  # noqa: S608 - the columns are constant
            (execution_id,),
        ).fetchone()
        return to_position(row) if row else None

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
            yield [event for event in self._burst(number) if event["id"] >= first]

    def events_backwards(self, execution_id: int, last: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `last` back to the first, burst by burst."""
        for number in self._bursts("first_event <= :event ORDER BY first_event DESC", execution_id, last):
            yield [event for event in reversed(self._burst(number)) if event["id"] <= last]

    def _with_status(self, state_machine_id: int, status: Status, before: int, limit: int) -> list[Execution]:
        rows = self._database.execute(
            f"""
            SELECT {EXECUTION} FROM executions
            WHERE state_machine = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?
            """,  # noqa: S608 - the columns are constant
            (state_machine_id, status, before, limit),
        )
        return [to_execution(row) for row in rows.fetchall()]

    def _bursts(self, clause: str, execution_id: int, event: int) -> list[int]:
        # Numbers first, each burst when it is wanted: an open cursor would keep the log from being reset.
        rows = self._database.execute(
            f"SELECT number FROM bursts WHERE execution = :execution AND {clause}",  # noqa: S608 - the clauses stand above
            {"execution": execution_id, "event": event},
        )
        return [row[0] for row in rows.fetchall()]

    def _burst(self, number: int) -> list[Event]:
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
