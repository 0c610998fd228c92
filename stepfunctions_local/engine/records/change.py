"""What is written down: each change to the records, in the order in which it happened."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version


@dataclass(frozen=True, slots=True)
class ExecutionMoved:
    """An execution did a burst; `execution` is what it was before, or what it is where it `is_new`."""

    execution: Execution
    turn: Turn
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ExecutionRedriven:
    """An execution that had ended without success runs again; `execution` is what it is now.

    `token` is how the client called the request.
    """

    execution: Execution
    token: str | None


@dataclass(frozen=True, slots=True)
class StateMachineSaved:
    """A state machine was created or changed, and perhaps published at once."""

    machine: StateMachine
    published: Version | None = None


@dataclass(frozen=True, slots=True)
class VersionDeleted:
    """A version of a state machine is gone; its revision stays for the executions that run it."""

    machine_id: int
    number: int


@dataclass(frozen=True, slots=True)
class AliasSaved:
    """An alias of a state machine was created or changed."""

    machine_id: int
    alias: Alias


@dataclass(frozen=True, slots=True)
class AliasDeleted:
    """An alias of a state machine is gone."""

    machine_id: int
    name: str


@dataclass(frozen=True, slots=True)
class StateMachineDeleted:
    """A state machine is gone, with all that belongs to it."""

    machine_id: int


@dataclass(frozen=True, slots=True)
class ExecutionsExpired:
    """Executions that ended long ago are kept no longer."""

    execution_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClockSkipped:
    """The clock is ahead of the wall clock by so much in all."""

    ahead: timedelta


Change: TypeAlias = (
    ExecutionMoved
    | ExecutionRedriven
    | StateMachineSaved
    | StateMachineDeleted
    | VersionDeleted
    | AliasSaved
    | AliasDeleted
    | ExecutionsExpired
    | ClockSkipped
)
