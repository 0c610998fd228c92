"""The selection and order of listed executions: the latest first.

A running execution is placed by its start or redrive, an ended one by its end.
Source: ListExecutions in the API Reference.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, TypeAlias

from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.row import to_milliseconds, to_milliseconds_not_before

Place: TypeAlias = tuple[int, int]
"""The place of an execution in a list: milliseconds since the epoch, and its id."""

LATEST = "coalesce(stopped, redriven, started)"
"""The time that a list is ordered by, in SQL. The indexes hold the same expression."""

UNSUCCESSFUL: Final = (Status.FAILED, Status.TIMED_OUT, Status.ABORTED)

BEFORE_ALL: Place = (2**63 - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter for the executions of a state machine. A field that is None does not filter.

    `version` and `alias`: those that the execution was started by.
    `redriven`: whether it was ever redriven.
    `map_run_id`: the Map Run whose children are listed. Without one, no children are.
    `redriven_up_to`: the last child that a redrive has looked at, if one is under way. Unsuccessful children
    after it are `pending`: they are listed alone or not at all, unless all statuses are wanted.
    """

    state_machine_id: int
    version: int | None = None
    alias: str | None = None
    status: Status | None = None
    redriven: bool | None = None
    map_run_id: int | None = None
    redriven_up_to: int | None = None
    pending: bool = False

    @classmethod
    def of(cls, target: Target, status: Status | None, redriven: bool | None) -> Self:  # noqa: FBT001 - a column
        """Return the filter for a state machine, or for one version or alias of it."""
        version = target.version.number if target.version else None
        alias = target.alias.name if target.alias else None
        return cls(target.machine.id, version, alias, status, redriven)

    @property
    def statuses(self) -> list[Status]:
        """The statuses that pass the filter."""
        if self.pending:
            return [*UNSUCCESSFUL]
        return [self.status] if self.status else list(Status)

    @property
    def columns(self) -> dict[str, object]:
        """The columns other than the status that the filter compares, with their values."""
        if self.map_run_id is not None:
            return {"map_run": self.map_run_id}
        columns = {"state_machine": self.state_machine_id, "version": self.version, "alias": self.alias}
        return {name: value for name, value in columns.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Named:
    """A filter for the executions of a state machine whose names begin with `prefix`."""

    state_machine_id: int
    prefix: str = ""

    @property
    def parameters(self) -> dict[str, object]:
        """The values that a query compares: names from `first` up to, but not including, `last`."""
        first, last = self.prefix, self.prefix + chr(0x10FFFF)
        return {"state_machine": self.state_machine_id, "first": first, "last": last}


@dataclass(frozen=True, slots=True)
class DueWindow:
    """A filter for waiting executions by their due times (UTC), both ends included."""

    due_from: datetime
    due_until: datetime

    @property
    def parameters(self) -> dict[str, object]:
        """The values that a query compares."""
        return {
            "due_from": to_milliseconds_not_before(self.due_from),
            "due_until": to_milliseconds(self.due_until),
        }


@dataclass(frozen=True, slots=True)
class Count:
    """A number of executions with a status. `is_waiting` distinguishes waiting from running ones."""

    status: Status
    is_waiting: bool
    executions: int


@dataclass(frozen=True, slots=True)
class ChildCount:
    """A number of children of a Map Run with a status, and of their items.

    `is_pending`: whether the latest redrive has yet to look at them.
    """

    status: Status
    is_pending: bool
    executions: int
    items: int


def place(execution: Execution) -> Place:
    """Return the place of an execution in a list."""
    return to_milliseconds(execution.stopped or execution.redriven or execution.started), execution.id
