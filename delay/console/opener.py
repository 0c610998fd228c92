"""Opens the desks of a local endpoint, where any state machine can be looked at, and its table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from delay.aws.connection import connect_local
from delay.client import Delay
from delay.console.desk import Desk, StoreChoice
from delay.console.endpoint_port import EndpointPort
from delay.console.local_source import LocalSource
from delay.console.local_table import LocalTable
from delay.console.port import Machine, PortError
from delay.errors import DelayError, NoSuchStateMachine, Unreachable
from delay.executions.call_rates import UNLIMITED
from delay.executions.state_machine import StateMachineArn
from delay.executions.waiting_index import WaitingIndex
from delay.local.endpoint import TEMPLATE_NAME, LocalEndpoint

REGION: Final = "us-east-1"
_TABLE: Final = "table/"
"""The beginning of a table in an address: its name follows."""


class LazyClient:
    """A boto3 client that is created when it is first used, for that takes half a second."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """Return an attribute of the client."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
        return getattr(self._client, name)


@dataclass
class LocalOpener:
    """Opens the desks of a local endpoint. Nothing is connected before the first one is opened.

    `lambda_url` is where its functions run; None if that is not known.
    `state_machine_arn` is the state machine that the console is for; by default that of the template.
    `table` is the table beside it. `opens_table`: the console is for the table.
    `has_machines`: the endpoint has state machines, and is not that of the table alone.
    """

    endpoint: LocalEndpoint
    lambda_url: str | None = None
    state_machine_arn: str | None = None
    region: str | None = None
    table: LocalTable | None = None
    opens_table: bool = False
    has_machines: bool = True
    connect: Callable[[str, str], Any] = connect_local
    _port: EndpointPort | None = None
    _sfn: Any = None
    _desks: dict[str, Desk] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def local(self) -> EndpointPort:
        """The endpoint's time, state machines and logs."""
        with self._lock:
            if self._port is None:
                region = self.region or REGION
                self._sfn = LazyClient(lambda: self.connect(self.endpoint.url, region))
                self._port = EndpointPort(
                    self.endpoint, self._sfn, self.lambda_url, has_machines=self.has_machines
                )
            return self._port

    def list_stores(self, machine: str | None) -> tuple[StoreChoice, ...]:
        """Return the state machine and the table, if there are both."""
        table = self.table.find(self.local.clock) if self.table and self.has_machines else None
        if table is None:
            return ()
        try:
            executions = self._open_machine(None)
        except DelayError:  # the page itself says so better
            return ()
        is_table = _is_table(machine, by_default=self.opens_table)
        return (
            StoreChoice("Executions", executions.name if self.opens_table else None, not is_table),
            StoreChoice("Table", None if self.opens_table else f"{_TABLE}{table.name}", is_table),
        )

    def open(self, machine: str | None) -> Desk:
        """Return the desk of a state machine by its name, or of the one that the console is for.

        Raises:
            NoSuchStateMachine: there is none.
            Unreachable: the endpoint does not answer.

        """
        if self.table and _is_table(machine, by_default=self.opens_table):
            return self.table.open(self.local.clock)
        return self._open_machine(machine)

    def _open_machine(self, machine: str | None) -> Desk:
        if (found := self._desks.get(machine or "")) is not None:
            return found
        arn = self._find_arn(machine)
        self._desks[machine or ""] = desk = self._build_desk(arn)
        return desk

    def _build_desk(self, arn: str) -> Desk:
        port = self.local
        delay = Delay(arn, self._sfn, clock=port.clock, rates=UNLIMITED)
        index = WaitingIndex(self.endpoint.url, StateMachineArn.of_arn(arn))
        return Desk(delay, LocalSource(delay, index), self.endpoint)

    def _find_arn(self, name: str | None) -> str:
        if name is None and self.state_machine_arn:
            return self.state_machine_arn
        try:
            machines = self.local.list_machines()
        except PortError as error:
            raise Unreachable(str(error)) from error
        return _choose(machines, name, self.endpoint.url).arn


def _choose(machines: tuple[Machine, ...], name: str | None, url: str) -> Machine:
    named = {machine.name: machine for machine in machines}
    if name is not None:
        if name not in named:
            raise NoSuchStateMachine(f"{url} has no state machine {name!r}.")
        return named[name]
    waiting = [machine for machine in machines if machine.type == "STANDARD"]
    if not waiting:
        raise NoSuchStateMachine(
            f"{url} has no state machine: `sam build && delay local` serves those of a template."
        )
    return named.get(TEMPLATE_NAME, waiting[0])


def _is_table(machine: str | None, *, by_default: bool) -> bool:
    return by_default if machine is None else machine.startswith(_TABLE)
