"""Reads the records of state machines and executions, without changes that are not yet on disk."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Protocol

from stepfunctions_local.engine.execution.branch import BITS, branch_id_range
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.state import ExecutionState
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import Revision, StateMachine
from stepfunctions_local.engine.machines.version import Version
from stepfunctions_local.engine.records.listing import (
    BEFORE_ALL,
    LATEST,
    UNSUCCESSFUL,
    ChildCount,
    Count,
    DueWindow,
    Named,
    Place,
    Wanted,
    place,
)
from stepfunctions_local.engine.records.recorded_state import RecordedState
from stepfunctions_local.engine.records.row import (
    to_activity,
    to_execution,
    to_map_run,
    to_milliseconds,
    to_moment,
)
from stepfunctions_local.engine.records.state_machine_row import (
    to_alias,
    to_revision,
    to_state_machine,
    to_version,
)
from stepfunctions_local.engine.records.statements import read_statements

_SQL = read_statements("read")

_FEW = 2_000
"""Names that are read and sorted in some 10 ms."""

_NEAR = 10_000
"""Executions of which those with a prefix are found in some 40 ms."""

_MANY = 200_000
"""Names that take a second to sort. More of them are dense enough to be found on the way."""

_MILLISECONDS_PER_MINUTE = 60_000

_PRESENT_REVISION = 4
"""Its place in the row of a state machine."""


class ExecutionStore(Protocol):
    """The executions that a dispatcher moves, and the work that it takes up."""

    @property
    def state(self) -> ExecutionState:
        """The state of running executions."""
        ...

    def execution(self, identifier: int) -> Execution | None:
        """Return an execution by its number."""
        ...

    def execution_named(self, state_machine_id: int, name: str) -> Execution | None:
        """Return a state machine's execution by its name."""
        ...

    def due(self) -> Iterator[tuple[datetime, int]]:
        """Yield the due time of each branch of a running execution, in order."""
        ...

    def calling(self) -> list[int]:
        """Return the branches with a call in flight, in the order in which they planned it."""
        ...

    def waiting_for_jobs(self) -> list[tuple[int, str]]:
        """Return the branches waiting for a job to end, each with the job's name."""
        ...

    def offered(self) -> list[tuple[int, str]]:
        """Return the branches waiting for a worker, each with its activity's ARN, in order of entry."""
        ...


class Store:
    """Owns a connection that reads.

    `state` is the state of running executions, `halted` that of executions which ended without success.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.state = RecordedState(database, "positions")
        self.halted = RecordedState(database, "halted")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def state_machines(self) -> list[StateMachine]:
        """Return every state machine with its present revision, the oldest first."""
        versions, aliases = self._read_versions(), self._read_aliases()
        return [
            to_state_machine(row, self.revision(row[_PRESENT_REVISION]), versions[row[0]], aliases[row[0]])
            for row in self._fetch_rows("state_machines")
        ]

    def revision(self, identifier: int) -> Revision:
        """Return a revision that an execution started with."""
        return to_revision(self._fetch_row("revision", id=identifier))

    def last_ids(self) -> tuple[int, int, int]:
        """Return the highest numbers given to a state machine, a revision and an execution."""
        row = self._fetch_row("last_ids")
        return (row[0], row[1], row[2])

    def clock_ahead(self) -> timedelta:
        """Return how far the clock was skipped."""
        return timedelta(milliseconds=self._read_meta("clock_ahead"))

    def latest_event(self) -> datetime:
        """Return the latest time (UTC) of an event in any history."""
        return to_moment(self._fetch_row("latest_event")[0])

    def retention_clock(self) -> datetime | None:
        """Return the time (UTC) until which retention is counted; None before the first execution ends."""
        milliseconds = self._fetch_row("retention_clock")[0]
        return None if milliseconds is None else to_moment(milliseconds)

    def token_key(self) -> bytes:
        """Return the secret that seals task tokens."""
        return self._read_meta("token_key").to_bytes(8, signed=True)

    def running(self) -> Counter[int]:
        """Count the running executions of each state machine."""
        return Counter(dict(self._fetch_rows("running")))

    def due(self) -> Iterator[tuple[datetime, int]]:
        """Yield the due time of each branch of a running execution, in order."""
        rows = self._database.execute(_SQL["due"])
        return ((to_moment(due), branch_id) for due, branch_id in rows)

    def calling(self) -> list[int]:
        """Return the branches with a call in flight, in the order in which they planned it."""
        return [row[0] for row in self._fetch_rows("calling")]

    def waiting_for_jobs(self) -> list[tuple[int, str]]:
        """Return the branches waiting for a job to end, each with the job's name."""
        return self._fetch_rows("waiting_for_jobs")

    def activities(self) -> list[RegisteredActivity]:
        """Return every activity."""
        return [to_activity(row) for row in self._fetch_rows("activities")]

    def offered(self) -> list[tuple[int, str]]:
        """Return the branches waiting for a worker, each with its activity's ARN, in order of entry."""
        return self._fetch_rows("offered")

    def expired(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Return executions that ended before a moment."""
        rows = self._fetch_rows("expired", before=to_milliseconds(before), limit=limit)
        return tuple(row[0] for row in rows)

    def has_remains(self) -> bool:
        """Whether deleted executions or state machines have left anything."""
        return bool(self._fetch_row("has_remains")[0])

    def execution(self, identifier: int) -> Execution | None:
        """Return an execution by its number."""
        rows = self._fetch_rows("execution", id=identifier)
        return to_execution(rows[0]) if rows else None

    def execution_named(self, state_machine_id: int, name: str) -> Execution | None:
        """Return a state machine's execution by its name."""
        rows = self._fetch_rows("execution_named", state_machine=state_machine_id, name=name)
        return to_execution(rows[0]) if rows else None

    def executions(self, wanted: Wanted, limit: int, after: Place = BEFORE_ALL) -> list[Execution]:
        """Return the wanted executions after a place, the latest first."""
        # Status by status an index gives them in order; all statuses together would have to be sorted.
        found = chain.from_iterable(
            self._find_with_status(wanted, status, limit, after) for status in wanted.statuses
        )
        return sorted(found, key=place, reverse=True)[:limit]

    def map_run(self, run_id: int) -> MapRun | None:
        """Return a Map Run by its id."""
        rows = self._fetch_rows("map_run", id=run_id)
        return to_map_run(rows[0]) if rows else None

    def map_runs_named(self, name: str) -> list[MapRun]:
        """Return the Map Runs whose ARN ends in a name."""
        return [to_map_run(row) for row in self._fetch_rows("map_runs_named", name=name)]

    def map_runs_running(self) -> list[MapRun]:
        """Return the running Map Runs, the oldest first."""
        return [to_map_run(row) for row in self._fetch_rows("map_runs_running")]

    def map_runs_of(self, execution_id: int, limit: int, before: int) -> list[MapRun]:
        """Return Map Runs of an execution with ids before another, the latest first."""
        first, last = branch_id_range(execution_id)
        rows = self._fetch_rows("map_runs_of", first=first, last=last, before=before, limit=limit)
        return [to_map_run(row) for row in rows]

    def child_counts(self, run: MapRun) -> list[ChildCount]:
        """Count the children of a Map Run, and their items."""
        rows = self._fetch_rows("child_counts", map_run=run.id, redriven_up_to=run.redriven_up_to)
        return [ChildCount(Status(status), bool(pending), *numbers) for status, pending, *numbers in rows]

    def children(self, run_id: int, after: int, limit: int) -> list[Execution]:
        """Return children of a Map Run with ids after another, in the order in which they began."""
        rows = self._fetch_rows("children", map_run=run_id, after=after, limit=limit)
        return [to_execution(row) for row in rows]

    def next_child(self, run_id: int, after: int, statuses: Iterable[Status]) -> Execution | None:
        """Return the next child of a Map Run that has one of these statuses."""
        query = _SQL["child_with_status"].format(statuses=", ".join(f"'{status}'" for status in statuses))
        row = self._database.execute(query, {"map_run": run_id, "after": after}).fetchone()
        return to_execution(row) if row else None

    def first_item(self, run_id: int) -> int | None:
        """Return the number of the first item that no child has begun with; None if there is none."""
        number: int | None = self._fetch_row("first_item", fork=run_id)[0]
        return number

    def item(self, run_id: int, number: int) -> str:
        """Return an item that no child has begun with."""
        return str(self._fetch_row("item", fork=run_id, number=number)[0])

    def count(self, named: Named, now: datetime, running: int) -> list[Count]:
        """Count executions by status. A running one waits if its due time is after `now`.

        `running` is the number of running executions, children of Map Runs included.
        """
        known = None if self._fetch_row("has_map_runs")[0] else running
        parameters = named.parameters | {"now": to_milliseconds(now), "running": known}
        query = _SQL["counts_named" if named.prefix else "counts"].format(bits=BITS)
        rows = self._database.execute(query, parameters).fetchall()
        return [Count(Status(status), bool(waits), number) for status, waits, number in rows if number]

    def count_by_minute(self, named: Named, window: DueWindow) -> list[tuple[datetime, int]]:
        """Return the minutes (UTC) in which executions are due, each with their number, in order."""
        is_alone = not named.prefix and self._fetch_row("is_alone", **named.parameters)[0]
        query = _SQL["all_by_minute" if is_alone else "by_minute"].format(bits=BITS)
        rows = self._database.execute(query, named.parameters | window.parameters).fetchall()
        return [(to_moment(minute * _MILLISECONDS_PER_MINUTE), number) for minute, number in rows]

    def waiting(self, named: Named, window: DueWindow, limit: int, after: Place) -> list[Place]:
        """Return the places of waiting executions, by due time: its milliseconds since 1970, and their id."""
        due, identifier = after
        parameters = named.parameters | window.parameters
        parameters |= {"due_after": due, "id_after": identifier, "limit": limit}
        return self._search("waiting", named, parameters)

    def busy(self, named: Named, now: datetime, limit: int, after: Place = BEFORE_ALL) -> list[Place]:
        """Return the places of running executions that do not wait, the latest to enter a state first."""
        moment, identifier = after
        parameters = named.parameters | {"moment": moment, "id": identifier, "limit": limit}
        parameters |= {"now": to_milliseconds(now)}
        return self._database.execute(_SQL["busy"].format(bits=BITS), parameters).fetchall()

    def with_status(self, named: Named, status: Status, limit: int, after: Place) -> list[Place]:
        """Return the places of executions with a status, the latest first."""
        return self._search("with_status", named, _after(named, after) | {"status": status, "limit": limit})

    def find(
        self, named: Named, statuses: Sequence[Status], limit: int, after: Place
    ) -> tuple[list[Place], Place | None]:
        """Return the places of executions with any of some statuses, the latest first.

        The second value is the place to go on from; None at the end. A page may be short: a search looks
        through few executions, so that it holds up nothing else.
        """
        is_few = self._are_fewer(named, _FEW)
        query, size = ("with_status_named", limit) if is_few else ("with_status_near", _NEAR)
        parameters = _after(named, after) | {"limit": limit}
        rows = (row for each in statuses for row in self._find_places(query, parameters | {"status": each}))
        seen = sorted(rows, reverse=True)[:size]
        found = [row[:2] for row in seen if all(row[2:])][:limit]
        if len(found) == limit:
            return found, found[-1]
        return found, seen[-1][:2] if len(seen) == size else None

    def revision_number(self) -> str:
        """Return a text that changes with every change on record."""
        return str(self._fetch_row("revision_number")[0])

    def redriven(self, execution_id: int, token: str, since: datetime) -> datetime | None:
        """Return when a request with a token redrove an execution, if it did so since a moment."""
        row = self._fetch_row("redriven", execution=execution_id, token=token, since=to_milliseconds(since))
        return None if row[0] is None else to_moment(row[0])

    def events(self, execution_id: int, first: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `first` on, turn by turn."""
        # Numbers first, each turn when it is wanted: an open cursor would keep the log from being reset.
        for (number,) in self._fetch_rows("turns_from", execution=execution_id, event=first):
            yield [event for event in self._read_events(number) if event["id"] >= first]

    def events_backwards(self, execution_id: int, last: int) -> Iterator[list[Event]]:
        """Yield an execution's events from number `last` back to the first, turn by turn."""
        for (number,) in self._fetch_rows("turns_back_from", execution=execution_id, event=last):
            yield [event for event in reversed(self._read_events(number)) if event["id"] <= last]

    def _search(self, query: str, named: Named, parameters: Mapping[str, Any]) -> list[Place]:
        """Return the places of executions whose names begin with a prefix, in the order of a query.

        Few names are read and sorted. Of more, the next ones are mostly near in the order; but all of them
        may be at its end, behind everything else.
        """
        if not named.prefix:
            return self._find_places(query, parameters)
        if self._are_fewer(named, _FEW):
            return self._find_places(f"{query}_named", parameters)
        found, is_all = self._look_near(query, parameters)
        if is_all:
            return found
        return self._find_places(f"{query}_named" if self._are_fewer(named, _MANY) else query, parameters)

    def _look_near(self, query: str, parameters: Mapping[str, Any]) -> tuple[list[Place], bool]:
        """Return the places near in the order, and whether they are all that is wanted, or that there is."""
        found: list[Place] = []
        seen = 0
        with closing(self._execute(f"{query}_near", parameters)) as rows:
            for moment, identifier, is_found in rows:
                seen += 1
                found += [(moment, identifier)] if is_found else []
                if len(found) == parameters["limit"]:
                    return found, True
        return found, seen < _NEAR

    def _find_places(self, query: str, parameters: Mapping[str, object]) -> list[Any]:
        return self._execute(query, parameters).fetchall()

    def _execute(self, query: str, parameters: Mapping[str, object]) -> sqlite3.Cursor:
        sql = _SQL[query].format(bits=BITS, latest=LATEST)
        return self._database.execute(sql, {**parameters, "near": _NEAR})

    def _are_fewer(self, named: Named, few: int) -> bool:
        """Whether fewer names begin with the prefix."""
        return bool(self._fetch_row("are_few", **named.parameters, few=few)[0])

    def _read_versions(self) -> dict[int, dict[int, Version]]:
        found: dict[int, dict[int, Version]] = defaultdict(dict)
        for row in self._fetch_rows("versions"):
            version = to_version(row)
            found[row[0]][version.number] = version
        return found

    def _read_aliases(self) -> dict[int, dict[str, Alias]]:
        found: dict[int, dict[str, Alias]] = defaultdict(dict)
        for row in self._fetch_rows("aliases"):
            alias = to_alias(row)
            found[row[0]][alias.name] = alias
        return found

    def _find_with_status(self, wanted: Wanted, status: Status, limit: int, after: Place) -> list[Execution]:
        columns = wanted.columns | {"status": status}
        terms = [f"{column} = :{column}" for column in columns]
        if wanted.redriven is not None:
            terms.append("redrives > 0" if wanted.redriven else "redrives = 0")
        if wanted.map_run_id is None:
            terms.append("map_run IS NULL")
        if wanted.redriven_up_to is not None and status in UNSUCCESSFUL and (wanted.pending or wanted.status):
            terms.append(f"id {'>' if wanted.pending else '<='} {wanted.redriven_up_to}")
        query = _SQL["executions"].format(terms=" AND ".join(terms), latest=LATEST)
        moment, identifier = after
        rows = self._database.execute(query, columns | {"moment": moment, "id": identifier, "limit": limit})
        return [to_execution(row) for row in rows.fetchall()]

    def _read_events(self, number: int) -> list[Event]:
        events: list[Event] = json.loads(self._fetch_row("events", number=number)[0])
        return events

    def _read_meta(self, name: str) -> int:
        return int(self._fetch_row("meta", name=name)[0])

    def _fetch_row(self, name: str, /, **parameters: object) -> Any:
        return self._database.execute(_SQL[name], parameters).fetchone()

    def _fetch_rows(self, name: str, /, **parameters: object) -> list[Any]:
        return self._database.execute(_SQL[name], parameters).fetchall()


def _after(named: Named, after: Place) -> dict[str, object]:
    moment, identifier = after
    return named.parameters | {"moment": moment, "id": identifier}
