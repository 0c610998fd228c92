"""What happened to an execution between two rests."""

from dataclasses import dataclass, field
from datetime import datetime

from stepfunctions_local.engine.execution import Position, Status
from stepfunctions_local.engine.history import Event
from stepfunctions_local.engine.tasks import PlannedCall
from stepfunctions_local.language import Failure


@dataclass(frozen=True, slots=True)
class End:
    """How, and when (UTC), the execution ended.

    `halted` is where it stood if it did not succeed: a redrive goes on from there.
    """

    status: Status
    at: datetime
    output: str | None = None
    failure: Failure = field(default_factory=Failure)
    halted: Position | None = None


@dataclass(frozen=True, slots=True)
class Burst:
    """The events of a burst, and where the execution rests now.

    `call` is to be made where the execution rests CALLING.
    """

    events: list[Event]
    rest: Position | End
    call: PlannedCall | None = None

    @property
    def ended(self) -> datetime | None:
        """When (UTC) the execution ended; nothing where it goes on."""
        return self.rest.at if isinstance(self.rest, End) else None
