"""A turn: the work that an execution does between two rests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from stepfunctions_local.engine.execution.call import PlannedCall
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.execution.state import StateChanges
from stepfunctions_local.language import Failure


@dataclass(frozen=True, slots=True)
class End:
    """The end of an execution: its status, when (UTC), and the ids of the branches it had."""

    status: Status
    at: datetime
    output: str | None = None
    failure: Failure = field(default_factory=Failure)
    branches: tuple[int, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether the execution succeeded, so that nothing is left to redrive."""
        return self.status is Status.SUCCEEDED

    def apply_to(self, execution: Execution) -> Execution:
        """Return an execution as it is with this end."""
        return replace(
            execution,
            status=self.status,
            stopped=self.at,
            output=self.output,
            error=self.failure.error,
            cause=self.failure.cause,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """The events of one turn, the state changes it made, and the execution's end if it ended.

    `calls` are the calls of branches resting in CALLING, to be made, or in SCHEDULED, to be queued.
    `abandoned` names the jobs that no branch waits for any more.
    `characters`: the length of its texts, roughly the bytes that it adds to the records.
    A turn without events only changes when to look at a branch again.
    """

    events: list[Event]
    changes: StateChanges
    calls: Mapping[int, PlannedCall]
    end: End | None
    abandoned: tuple[str, ...] = ()
    characters: int = 0
