"""Which executions a list shows, and in which order: the latest first.

Source: ListExecutions in the API Reference. What runs stands where it was started or redriven, what has ended
where it ended.
"""

from dataclasses import dataclass
from typing import Self, TypeAlias

from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.row import to_milliseconds

Place: TypeAlias = tuple[int, int]
"""Where an execution stands in a list: milliseconds since the epoch, and its number."""

LATEST = "coalesce(stopped, redriven, started)"
"""The order of a list, in SQL. The indexes hold the same expression."""

BEFORE_ALL: Place = (2**63 - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The executions of a state machine that a list shows; what is None does not matter.

    `version` and `alias` are those that they were started by, `redriven` is whether they ever were.
    """

    state_machine_id: int
    version: int | None = None
    alias: str | None = None
    status: Status | None = None
    redriven: bool | None = None

    @classmethod
    def of(cls, target: Target, status: Status | None, redriven: bool | None) -> Self:  # noqa: FBT001 - a column
        """Return what is wanted of a state machine, or of what was started by one version or alias of it."""
        version = target.version.number if target.version else None
        alias = target.alias.name if target.alias else None
        return cls(target.machine.id, version, alias, status, redriven)

    @property
    def statuses(self) -> list[Status]:
        """The statuses that they may have."""
        return [self.status] if self.status else list(Status)

    @property
    def columns(self) -> dict[str, object]:
        """The columns in which they are alike, whatever their status, and what they have there."""
        columns = {"state_machine": self.state_machine_id, "version": self.version, "alias": self.alias}
        return {name: value for name, value in columns.items() if value is not None}


def place(execution: Execution) -> Place:
    """Return where an execution stands in a list."""
    return to_milliseconds(execution.stopped or execution.redriven or execution.started), execution.id
