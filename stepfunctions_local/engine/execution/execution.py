"""An execution, and the place where it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from stepfunctions_local.engine.execution.branch import Branch
from stepfunctions_local.language import Failure
from stepfunctions_local.language.error_handling import HEARTBEAT_TIMEOUT, TIMEOUT

MAX_LIFE: Final = timedelta(days=365)
"""How long a Standard execution may take. Source: "Step Functions service quotas"."""


class Status(StrEnum):
    """How an execution fares. Source: DescribeExecution in the API Reference."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a state machine. Input and output are JSON text, as it came and as it goes out."""

    id: int
    name: str
    state_machine_id: int
    revision_id: int
    started: datetime
    input: str
    status: Status = Status.RUNNING
    stopped: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    trace_header: str | None = None
    redrives: int = 0
    redriven: datetime | None = None
    """When it was redriven last."""
    version: int | None = None
    alias: str | None = None
    """The version and the alias that it was started by, be they deleted since."""


class Phase(StrEnum):
    """What a branch does where it stands."""

    WAITING = "WAITING"
    """In a Wait state, until `due`."""
    RETRYING = "RETRYING"
    """Between two attempts of a Task, until `due`."""
    CALLING = "CALLING"
    """A Task is in flight; `due` is when the execution's own time is over."""
    AWAITING = "AWAITING"
    """A Task that was submitted; `due` is when it has been waited for long enough."""
    FORKED = "FORKED"
    """A Parallel or a Map whose branches are at work."""
    READY = "READY"
    """Entered, and about to act: long stretches without a rest are cut into pieces."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a Task waits for after its call: that its token comes back, or that its job ends.

    `until` (UTC) is when its time is over; `heartbeat_seconds` is how long it may be silent. `job` names the
    job, once the call has started it.
    """

    until: datetime | None = None
    heartbeat_seconds: int | None = None
    job: str | None = None

    def due(self, heard: datetime) -> datetime | None:
        """Return when it has been waited for long enough, where it was heard of at `heard` (UTC)."""
        beat = self.heartbeat_seconds
        silent = None if beat is None else heard + timedelta(seconds=beat)
        return min((moment for moment in (self.until, silent) if moment), default=None)

    def failure(self, now: datetime) -> Failure:
        """Return how the Task fails that has been waited for long enough."""
        in_time = self.until is None or now < self.until
        return Failure(TIMEOUT, alias=HEARTBEAT_TIMEOUT if in_time else None)


@dataclass(frozen=True, slots=True)
class Position:
    """The state that a branch has entered and not exited: all there is to it while it waits.

    `due` (UTC) is when to look at it again: when its wait is over, or its own time. `last_event_id` is the
    number that the execution's latest event had then, `previous_event_id` the number of the event that the
    next one follows.
    `variables` are a JSON text of what the branch itself assigned; nothing where that is nothing. `awaited`
    is there while a Task is in flight or submitted that is not done with its call.
    """

    branch: Branch
    state: str
    input: str
    entered_event_id: int
    entered: datetime
    last_event_id: int
    previous_event_id: int
    phase: Phase
    due: datetime
    retries: tuple[int, ...] = ()
    variables: str | None = None
    awaited: Awaited | None = None
