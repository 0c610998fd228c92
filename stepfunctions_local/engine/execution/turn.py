"""What happened to an execution between two rests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from stepfunctions_local.engine.execution.call import PlannedCall
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.execution.history import Event
from stepfunctions_local.engine.execution.state import Moves
from stepfunctions_local.language import Failure


@dataclass(frozen=True, slots=True)
class End:
    """How, and when (UTC), the execution ended, and which `branches` it had then."""

    status: Status
    at: datetime
    output: str | None = None
    failure: Failure = field(default_factory=Failure)
    branches: tuple[int, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether nothing is left to be redriven."""
        return self.status is Status.SUCCEEDED


@dataclass(frozen=True, slots=True)
class Burst:
    """The events of a burst, how the execution stands now, and its end if it ended.

    `calls` are to be made for the branches that rest CALLING. `given_up` names jobs that nobody waits for any
    more. A burst without events changes no more than when to look at a branch again.
    """

    events: list[Event]
    moves: Moves
    calls: Mapping[int, PlannedCall]
    end: End | None
    given_up: tuple[str, ...] = ()
