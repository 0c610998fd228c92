"""The desk of a page: one state machine's client and the source of its tasks. An opener opens desks."""

from dataclasses import dataclass
from typing import Protocol

from delay.client import Delay
from delay.console.port import LocalPort
from delay.console.source import TaskSource
from delay.local.endpoint import LocalEndpoint


@dataclass(frozen=True, slots=True)
class Desk:
    """A state machine's client, and the source of its tasks. `endpoint` is the local one; None for AWS."""

    delay: Delay
    source: TaskSource
    endpoint: LocalEndpoint | None = None

    @property
    def name(self) -> str:
        """The name of the state machine, or of the table."""
        return self.delay.arn.partition("/")[2] or self.delay.arn.split(":")[6]

    @property
    def shell_options(self) -> str:
        """The options with which commands reach its tasks at a local endpoint, each after a blank."""
        store = " --store table" if self.is_table else ""
        if self.endpoint is None:
            return store
        return f"{store} --local{self.endpoint.option}"

    @property
    def is_table(self) -> bool:
        """Whether its tasks wait in a table."""
        return is_in_table(self.delay.arn)


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """A store that pages can show: its label, what addresses have for it, and whether this page shows it."""

    label: str
    machine: str | None
    is_chosen: bool


class Opener(Protocol):
    """Opens desks. Threads may share it."""

    @property
    def local(self) -> LocalPort | None:
        """The things of a local endpoint besides tasks; None on AWS."""
        ...

    def list_stores(self, machine: str | None) -> tuple[StoreChoice, ...]:
        """Return the stores between which a page can switch, which shows `machine`; none if there is one."""
        ...

    def open(self, machine: str | None) -> Desk:
        """Return the desk of a state machine by its name, or of the one that the console is for.

        `table/NAME` is the desk of a table.

        Raises:
            DelayError: there is none, or it cannot be reached.

        """
        ...


@dataclass(frozen=True, slots=True)
class OneDesk:
    """Opens the desk of the only state machine."""

    desk: Desk
    local: LocalPort | None = None

    def list_stores(self, machine: str | None) -> tuple[StoreChoice, ...]:  # noqa: ARG002 - there is one
        """Return nothing to switch to."""
        return ()

    def open(self, machine: str | None) -> Desk:  # noqa: ARG002 - there is no other
        """Return the desk."""
        return self.desk


def is_in_table(arn: str) -> bool:
    """Whether an ARN is that of a table, or of a task in one."""
    return ":table/" in arn
