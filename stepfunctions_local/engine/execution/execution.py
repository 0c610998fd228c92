"""An execution, and the positions at which its branches rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from stepfunctions_local.engine.execution.branch import Branch
from stepfunctions_local.language import Failure
from stepfunctions_local.language.error_handling import HEARTBEAT_TIMEOUT, TIMEOUT
from stepfunctions_local.language.express import EXPRESS_SECONDS

MAX_LIFE: Final = timedelta(days=365)
"""The longest life of a Standard execution. Source: "Step Functions service quotas"."""

EXPRESS_LIFE: Final = timedelta(seconds=EXPRESS_SECONDS)
"""The longest life of an Express execution. Source: "Choosing workflow type in Step Functions"."""


class Status(StrEnum):
    """The status of an execution. Source: DescribeExecution in the API Reference."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a state machine. Input and output are JSON text."""

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
    """The time (UTC) of the last redrive."""
    version: int | None = None
    alias: str | None = None
    """The version and the alias that it was started by. They may be deleted by now."""
    mocks: str | None = None
    """The mocked responses of its Tasks, as JSON text: see `mock`."""
    map_run_id: int | None = None
    item_count: int = 0
    """The Map Run that it is a child of, and how many of the run's items it processes."""
    uuid: str | None = None
    """The last part of an Express execution's ARN. A Standard execution has none."""

    @property
    def is_express(self) -> bool:
        """Whether it runs in memory, and is forgotten at its end."""
        return self.uuid is not None

    @property
    def longest_life(self) -> timedelta:
        """How long it may run."""
        return EXPRESS_LIFE if self.is_express else MAX_LIFE


class Phase(StrEnum):
    """The reason why a branch rests."""

    WAITING = "WAITING"
    """In a Wait state until `due`."""
    RETRYING = "RETRYING"
    """Between two attempts of a state, until `due`."""
    SCHEDULED = "SCHEDULED"
    """The call of a Task waits until it can start; `due` is the execution's deadline."""
    CALLING = "CALLING"
    """The call of a Task is in flight; `due` is the execution's deadline."""
    AWAITING = "AWAITING"
    """A Task was submitted, and its token or job is awaited; `due` is when it times out."""
    OFFERED = "OFFERED"
    """The Task of an activity waits for a worker; `due` is the execution's deadline."""
    FORKED = "FORKED"
    """In a Parallel or a Map whose branches run."""
    DISTRIBUTED = "DISTRIBUTED"
    """In a Map whose branches are executions; `due` is the execution's deadline."""
    READY = "READY"
    """In a state that has yet to act, because the turn grew long or the execution ended."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The callback, job or worker that a Task waits for.

    `until`: when (UTC) the Task times out.
    `heartbeat_seconds`: the longest time between two heartbeats.
    `job`: the name of the job, once the call has started it.
    `activity`: the ARN of the activity, while the Task waits for a worker.
    `timeout_seconds`: the time that the worker will have.
    """

    until: datetime | None = None
    heartbeat_seconds: int | None = None
    job: str | None = None
    activity: str | None = None
    timeout_seconds: int | None = None

    def start(self, now: datetime) -> "Awaited":
        """Return the callback that a Task waits for once a worker has it."""
        seconds = self.timeout_seconds
        until = None if seconds is None else now + timedelta(seconds=seconds)
        return Awaited(until, self.heartbeat_seconds)

    def due(self, last_heartbeat: datetime) -> datetime | None:
        """Return when (UTC) the Task times out, or None if it never does. `last_heartbeat` is in UTC."""
        seconds = self.heartbeat_seconds
        next_heartbeat = None if seconds is None else last_heartbeat + timedelta(seconds=seconds)
        return min((moment for moment in (self.until, next_heartbeat) if moment), default=None)

    def failure(self, now: datetime) -> Failure:
        """Return the failure of a Task that timed out: before `until` it is that of its heartbeat."""
        in_time = self.until is None or now < self.until
        return Failure(TIMEOUT, alias=HEARTBEAT_TIMEOUT if in_time else None)


@dataclass(frozen=True, slots=True)
class Position:
    """The state that a branch is in while it rests: all that is kept of the branch.

    `due`: when (UTC) the branch is woken, at the end of its wait or at the execution's deadline.
    `last_event_id`: the execution's latest event when the branch came to rest.
    `previous_event_id`: the event that the branch's next event follows.
    `variables`: the variables that the branch itself assigned, as JSON text; None if it assigned none.
    `awaited`: set while a Task that outlives its call is in flight or submitted, or is an activity's.
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

    @property
    def characters(self) -> int:
        """The length of its input and variables."""
        return len(self.input) + len(self.variables or "")
