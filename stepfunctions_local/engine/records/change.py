"""The changes that the journal writes to the records, in the order in which they happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version


@dataclass(frozen=True, slots=True)
class Redrive:
    """A request to redrive. `token` is its client token."""

    token: str | None


@dataclass(frozen=True, slots=True)
class ExecutionMoved:
    """An execution took a turn. `execution` is as it was before; if it `is_new`, as it begins.

    `redrive`: what made an unsuccessful execution run again, as `execution` is now. It is written along with
    the turn: between the two there is no position to go on from.
    """

    execution: Execution
    turn: Turn
    is_new: bool = False
    redrive: Redrive | None = None


@dataclass(frozen=True, slots=True)
class MapRunSaved:
    """A Map Run changed, between turns of its parent. `items` are those that were read, by their numbers."""

    run: MapRun
    items: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StateMachineSaved:
    """A state machine was created or changed, and perhaps published in the same request."""

    machine: StateMachine
    published: Version | None = None


@dataclass(frozen=True, slots=True)
class VersionDeleted:
    """A version was deleted. Its revision stays, for the executions that run it."""

    machine_id: int
    number: int


@dataclass(frozen=True, slots=True)
class AliasSaved:
    """An alias was created or changed."""

    machine_id: int
    alias: Alias


@dataclass(frozen=True, slots=True)
class AliasDeleted:
    """An alias was deleted."""

    machine_id: int
    name: str


@dataclass(frozen=True, slots=True)
class StateMachineDeleted:
    """A state machine was deleted, with its revisions, versions and aliases. Its executions are remains."""

    machine_id: int


@dataclass(frozen=True, slots=True)
class ActivitySaved:
    """An activity was created or tagged."""

    activity: RegisteredActivity


@dataclass(frozen=True, slots=True)
class ActivityDeleted:
    """An activity was deleted."""

    name: str


@dataclass(frozen=True, slots=True)
class ExecutionsExpired:
    """The retention period of executions is over, so they are deleted. Their histories are remains."""

    execution_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RemainsDeleted:
    """A part of the remains of deleted executions and state machines is gone, or all of them.

    The part takes this many seconds, since a history may have gigabytes; it is at least a row.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class ClockSkipped:
    """The clock is now `ahead` of the wall clock by all skips together."""

    ahead: timedelta


@dataclass(frozen=True, slots=True)
class RetentionClockMoved:
    """The clock that retention counts by moved `by`, from where it is on record, else from `start` (UTC)."""

    by: timedelta
    start: datetime


_ROW_CHARACTERS: Final = 256
"""The least that a change adds to the records."""

Change: TypeAlias = (
    ExecutionMoved
    | MapRunSaved
    | StateMachineSaved
    | StateMachineDeleted
    | VersionDeleted
    | AliasSaved
    | AliasDeleted
    | ActivitySaved
    | ActivityDeleted
    | ExecutionsExpired
    | RemainsDeleted
    | ClockSkipped
    | RetentionClockMoved
)


def count_characters(change: Change) -> int:
    """Return the length of the texts that a change writes, roughly its bytes in the records."""
    characters = _ROW_CHARACTERS
    if isinstance(change, ExecutionMoved):
        characters += change.turn.characters
        if change.is_new:
            characters += len(change.execution.input)
        if change.turn.end and change.turn.end.output:
            characters += len(change.turn.end.output)
    elif isinstance(change, MapRunSaved):
        characters += sum(len(text) + _ROW_CHARACTERS for text in change.items.values())
    elif isinstance(change, StateMachineSaved):
        characters += len(change.machine.revision.setup.definition)
    return characters
