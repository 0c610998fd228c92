"""How executions and positions stand in the tables, and how they come back."""

import json
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

from stepfunctions_local.engine.execution.branch import Branch, ForkProgress
from stepfunctions_local.engine.execution.execution import Awaited, Execution, Phase, Position, Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

EXECUTION = """
    id, name, state_machine, revision, started, input, status, stopped, output, error, cause, trace_header,
    redrives, redriven, version, alias
"""
"""The columns of an execution, in the order of its row."""

LATEST = "coalesce(stopped, redriven, started)"
"""By what executions are listed, in SQL; the indexes have it."""

POSITION = """
    p.id, p.parent, p.number, p.state, coalesce(p.input, e.input), p.entered_event, p.entered, p.last_event,
    coalesce(p.previous_event, p.last_event), p.phase, p.due, p.retries, p.variables, p.awaited
"""
"""The columns of a position `p` of an execution `e`, whose input is not repeated while it is the same."""

JOB = "json_extract(awaited, '$[2]')"
"""The job that a branch waits for, in SQL."""


def to_milliseconds(moment: datetime) -> int:
    """Write a moment as whole milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def to_milliseconds_not_before(moment: datetime) -> int:
    """Write a moment as whole milliseconds, rounded up: what is due is never early."""
    return -((_EPOCH - moment) // _MILLISECOND)


def to_moment(milliseconds: int) -> datetime:
    """Read a moment (UTC)."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _optional_moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else to_moment(milliseconds)


def execution_row(execution: Execution) -> tuple[Any, ...]:
    """Write an execution that begins."""
    return (
        execution.id,
        execution.name,
        execution.state_machine_id,
        execution.revision_id,
        to_milliseconds(execution.started),
        execution.input,
        execution.status,
        None,
        None,
        None,
        None,
        execution.trace_header,
        execution.redrives,
        None,
        execution.version,
        execution.alias,
    )


def to_execution(row: Any) -> Execution:  # noqa: ANN401 - a row of SQLite
    """Read an execution."""
    identifier, name, machine, revision, started, text, status, stopped, *texts = row
    output, error, cause, trace_header, redrives, redriven, version, alias = texts
    return Execution(
        identifier,
        name,
        machine,
        revision,
        to_moment(started),
        text,
        Status(status),
        _optional_moment(stopped),
        output,
        error,
        cause,
        trace_header,
        redrives,
        _optional_moment(redriven),
        version,
        alias,
    )


def position_row(position: Position, execution: Execution) -> tuple[Any, ...]:
    """Write where a branch stands."""
    branch = position.branch
    return (
        branch.id,
        branch.parent_id,
        None if branch.parent_id is None else branch.index,
        position.state,
        None if position.input == execution.input else position.input,
        position.entered_event_id,
        to_milliseconds(position.entered),
        position.last_event_id,
        None if position.previous_event_id == position.last_event_id else position.previous_event_id,
        position.phase,
        to_milliseconds_not_before(position.due),
        json.dumps(position.retries) if position.retries else None,
        position.variables,
        _awaited_text(position.awaited) if position.awaited else None,
    )


def to_position(row: Any) -> Position:  # noqa: ANN401 - a row of SQLite
    """Read where a branch stands."""
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
        _awaited(awaited) if awaited else None,
    )


def _awaited_text(awaited: Awaited) -> str:
    until = None if awaited.until is None else to_milliseconds_not_before(awaited.until)
    return json.dumps([until, awaited.heartbeat_seconds, awaited.job])


def _awaited(text: str) -> Awaited:
    until, heartbeat_seconds, job = json.loads(text)
    return Awaited(_optional_moment(until), heartbeat_seconds, job)


def fork_row(fork: ForkProgress) -> tuple[Any, ...]:
    """Write what a branch has begun and waits for."""
    return astuple(fork)


def to_fork(row: Any) -> ForkProgress:  # noqa: ANN401 - a row of SQLite
    """Read what a branch has begun and waits for."""
    return ForkProgress(*row)
