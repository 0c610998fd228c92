"""Converts executions, positions, forks and activities to rows and back."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from stepfunctions_local.engine.execution.branch import Branch, ForkProgress
from stepfunctions_local.engine.execution.execution import Awaited, Execution, Phase, Position, Status
from stepfunctions_local.engine.execution.map_run import MapRun, MapRunStatus
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.language.map_run import MapRunPlan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MILLISECOND


def to_milliseconds_not_before(moment: datetime) -> int:
    """Return a moment as whole milliseconds, rounded up so that no task is due early."""
    return -((_EPOCH - moment) // _MILLISECOND)


def to_moment(milliseconds: int) -> datetime:
    """Return the moment (UTC) of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _to_optional_moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else to_moment(milliseconds)


def execution_row(execution: Execution) -> dict[str, Any]:
    """Return the row of a new execution."""
    return {
        "id": execution.id,
        "name": execution.name,
        "state_machine": execution.state_machine_id,
        "revision": execution.revision_id,
        "started": to_milliseconds(execution.started),
        "input": execution.input,
        "status": execution.status,
        "trace_header": execution.trace_header,
        "redrives": execution.redrives,
        "version": execution.version,
        "alias": execution.alias,
        "mocks": execution.mocks,
        "map_run": execution.map_run_id,
        "item_count": execution.item_count,
    }


def to_execution(row: Any) -> Execution:
    """Read an execution from its row."""
    identifier, name, machine, revision, started, text, status, stopped, *texts = row
    output, error, cause, trace_header, redrives, redriven, version, alias, mocks, map_run, items = texts
    return Execution(
        identifier,
        name,
        machine,
        revision,
        to_moment(started),
        text,
        Status(status),
        _to_optional_moment(stopped),
        output,
        error,
        cause,
        trace_header,
        redrives,
        _to_optional_moment(redriven),
        version,
        alias,
        mocks,
        map_run,
        items,
    )


def position_row(position: Position, execution: Execution) -> dict[str, Any]:
    """Return the row of a branch's position."""
    branch = position.branch
    is_latest = position.previous_event_id == position.last_event_id
    return {
        "id": branch.id,
        "parent": branch.parent_id,
        "number": None if branch.parent_id is None else branch.index,
        "state": position.state,
        "input": None if position.input == execution.input else position.input,
        "entered_event": position.entered_event_id,
        "entered": to_milliseconds(position.entered),
        "last_event": position.last_event_id,
        "previous_event": None if is_latest else position.previous_event_id,
        "phase": position.phase,
        "due": to_milliseconds_not_before(position.due),
        "retries": json.dumps(position.retries) if position.retries else None,
        "variables": position.variables,
        "awaited": _dump_awaited(position.awaited) if position.awaited else None,
    }


def to_position(row: Any) -> Position:
    """Read a branch's position from its row."""
    identifier, parent, number, state, text, entered_event, entered, last_event, *rest = row
    previous_event, phase, due, retries, variables, awaited = rest
    return Position(
        Branch(identifier, parent, number or 0),
        state,
        text,
        entered_event,
        to_moment(entered),
        last_event,
        previous_event,
        Phase(phase),
        to_moment(due),
        tuple(json.loads(retries)) if retries else (),
        variables,
        _load_awaited(awaited) if awaited else None,
    )


def _dump_awaited(awaited: Awaited) -> str:
    until = None if awaited.until is None else to_milliseconds_not_before(awaited.until)
    values = [until, awaited.heartbeat_seconds, awaited.job]
    return json.dumps([*values, awaited.activity, awaited.timeout_seconds] if awaited.activity else values)


def _load_awaited(text: str) -> Awaited:
    until, *rest = json.loads(text)
    return Awaited(_to_optional_moment(until), *rest)


def activity_row(activity: RegisteredActivity) -> dict[str, Any]:
    """Return the row of an activity."""
    return {
        "name": activity.name,
        "created": to_milliseconds(activity.created),
        "tags": json.dumps(dict(activity.tags)),
        "encryption": json.dumps(dict(activity.encryption)),
    }


def to_activity(row: Any) -> RegisteredActivity:
    """Read an activity from its row."""
    name, created, tags, encryption = row
    return RegisteredActivity(name, to_moment(created), json.loads(tags), json.loads(encryption))


def fork_row(fork: ForkProgress) -> dict[str, Any]:
    """Return the row of a fork's progress."""
    return asdict(fork)


def to_fork(row: Any) -> ForkProgress:
    """Read a fork's progress from its row."""
    return ForkProgress(*row)


def map_run_row(run: MapRun) -> dict[str, Any]:
    """Return the row of a Map Run."""
    return {
        "id": run.id,
        "branch": run.branch_id,
        "state": run.state,
        "label": run.label,
        "name": run.name,
        "plan": json.dumps(run.plan.dump()),
        "started": to_milliseconds(run.started),
        "status": run.status,
        "stopped": run.stopped and to_milliseconds(run.stopped),
        "error": run.error,
        "length": run.length,
        "is_read": run.is_read,
        "position": None if run.position is None else json.dumps(run.position),
        "redrives": run.redrives,
        "redriven": run.redriven and to_milliseconds(run.redriven),
        "redriven_up_to": run.redriven_up_to,
    }


def to_map_run(row: Any) -> MapRun:
    """Read a Map Run from its row."""
    identifier, branch, state, label, name, plan, started, status, stopped, error, *rest = row
    length, is_read, position, redrives, redriven, redriven_up_to = rest
    return MapRun(
        identifier,
        branch,
        state,
        label,
        name,
        MapRunPlan.load(json.loads(plan)),
        to_moment(started),
        MapRunStatus(status),
        _to_optional_moment(stopped),
        error,
        length,
        bool(is_read),
        None if position is None else json.loads(position),
        redrives,
        _to_optional_moment(redriven),
        redriven_up_to,
    )
