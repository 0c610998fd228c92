"""A local endpoint besides its tasks: its time, its state machines, and the log of its functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from delay.local.endpoint import LocalEndpoint
from delay.task import Task


class PortError(Exception):
    """The endpoint cannot be reached, or refuses. The message is for a person."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The time of an endpoint (UTC), and how far skips have put it ahead of this computer's.

    `fired` is how often an execution went on because it was due, after a skip.
    """

    now: datetime
    ahead: timedelta
    fired: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine. `type` is STANDARD or EXPRESS."""

    name: str
    arn: str
    type: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about a definition, as ValidateStateMachineDefinition returns it."""

    severity: str
    code: str
    message: str
    location: str


@dataclass(frozen=True, slots=True)
class MachineDetails:
    """A state machine with its definition and the findings about it."""

    machine: Machine
    definition: str
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CallLog:
    """The output of a function during one call, with the lines that Lambda adds."""

    function: str
    started: datetime
    text: str
    tasks: int = 1
    """The tasks of the call: several if their messages came together."""


class LocalPort(Protocol):
    """A local endpoint. Threads may share it, and its methods may block. Each may raise a PortError."""

    @property
    def endpoint(self) -> LocalEndpoint:
        """Its address."""
        ...

    @property
    def clock_option(self) -> str:
        """The option with which `delay clock` reaches it, after a blank; nothing if it does without."""
        ...

    @property
    def has_machines(self) -> bool:
        """Whether there are state machines to list."""
        ...

    def read_time(self) -> LocalTime:
        """Return the time there."""
        ...

    def skip(self, request: Mapping[str, object]) -> LocalTime:
        """Skip time as the endpoint's clock takes it, and return the time that was reached."""
        ...

    def list_machines(self) -> tuple[Machine, ...]:
        """Return the state machines."""
        ...

    def describe_machine(self, machine: Machine) -> MachineDetails:
        """Return a state machine with its definition."""
        ...

    def find_definition(self, execution_arn: str) -> str | None:
        """Return the definition that an execution runs on; None if it is not known."""
        ...

    def read_logs(self, task: Task) -> tuple[CallLog, ...]:
        """Return what functions wrote for a task, the earliest call first."""
        ...
