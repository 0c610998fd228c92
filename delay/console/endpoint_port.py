"""A local endpoint of Step Functions and Lambda as a port of the console, over HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode

from delay.aws.error import AWS_ERRORS, translate_error
from delay.clock import SystemClock
from delay.console.desk import is_in_table
from delay.console.port import CallLog, Finding, LocalTime, Machine, MachineDetails, PortError
from delay.local.clock import ClockClient
from delay.local.endpoint import STEP_FUNCTIONS, LocalEndpoint
from delay.local.request import EndpointUnavailable, LocalRequest
from delay.task import Task

_LOGS_PATH: Final = "/_lambda-local/logs"
_MOST_DEFINITIONS: Final = 200


class EndpointClock(SystemClock):
    """The clock of a local endpoint: this computer's, and how far it was skipped, as last read."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time there (UTC)."""
        return super().now() + self.ahead


class EndpointPort:
    """A local endpoint. `clock` follows its time.

    `sfn` is a boto3 client for it. `lambda_url` is where its functions run; None if that is not known.
    """

    def __init__(
        self,
        endpoint: LocalEndpoint,
        sfn: Any,  # noqa: ANN401 - boto3 has no types
        lambda_url: str | None,
        *,
        has_machines: bool = True,
    ) -> None:
        self.endpoint = endpoint
        self.has_machines = has_machines
        self.clock = EndpointClock()
        self._time = ClockClient(endpoint)
        self._endpoint_client = sfn
        self._lambda = LocalEndpoint(lambda_url) if lambda_url else None
        self._definitions: dict[str, str] = {}
        self._lock = Lock()

    @property
    def clock_option(self) -> str:
        """The option with which `delay clock` reaches it: that of a table has the clock, too."""
        return replace(self.endpoint, service=STEP_FUNCTIONS).option

    def read_time(self) -> LocalTime:
        """Return the time there."""
        with _refusing(self.endpoint.url):
            return self._follow(self._time.read())

    def skip(self, request: Mapping[str, object]) -> LocalTime:
        """Skip time, and return the time that was reached once all that was due has happened."""
        with _refusing(self.endpoint.url):
            return self._follow(self._time.skip(dict(request)))

    def list_machines(self) -> tuple[Machine, ...]:
        """Return the state machines, in order of their names."""
        with _refusing(self.endpoint.url):
            pages = list(self._endpoint_client.get_paginator("list_state_machines").paginate())
        found = (each for page in pages for each in page["stateMachines"])
        machines = (Machine(each["name"], each["stateMachineArn"], each["type"]) for each in found)
        return tuple(sorted(machines, key=lambda machine: machine.name))

    def describe_machine(self, machine: Machine) -> MachineDetails:
        """Return a state machine with its definition and the findings about it."""
        with _refusing(self.endpoint.url):
            definition = self._endpoint_client.describe_state_machine(stateMachineArn=machine.arn)[
                "definition"
            ]
            checked = self._endpoint_client.validate_state_machine_definition(
                definition=definition, type=machine.type, severity="WARNING"
            )
        return MachineDetails(machine, definition, tuple(map(_parse_finding, checked["diagnostics"])))

    def find_definition(self, execution_arn: str) -> str | None:
        """Return the definition that an execution runs on; None if the endpoint does not know it."""
        with self._lock:
            if execution_arn in self._definitions:
                return self._definitions[execution_arn]
        try:
            answer = self._endpoint_client.describe_state_machine_for_execution(executionArn=execution_arn)
        except AWS_ERRORS:  # the page draws the states that the history names
            return None
        definition = str(answer["definition"])
        with self._lock:
            if len(self._definitions) >= _MOST_DEFINITIONS:
                self._definitions.clear()
            self._definitions[execution_arn] = definition
        return definition

    def read_logs(self, task: Task) -> tuple[CallLog, ...]:
        """Return what functions wrote for a task; nothing if they run elsewhere."""
        if self._lambda is None:
            return ()
        of_task = {"key": task.key} if is_in_table(task.arn) else {"execution": task.arn}
        request = LocalRequest(f"{_LOGS_PATH}?{urlencode(of_task)}", "calls", "show logs")
        try:
            answer = request.send(self._lambda)
        except EndpointUnavailable:  # functions may run elsewhere, and their logs are there
            return ()
        return tuple(
            CallLog(
                each["function"],
                datetime.fromisoformat(each["started"]),
                each["text"],
                each.get("tasks", 1),
            )
            for each in answer["calls"]
        )

    def _follow(self, answer: Mapping[str, Any]) -> LocalTime:
        ahead = timedelta(seconds=answer["skipped_seconds"])
        self.clock.ahead = ahead
        return LocalTime(datetime.fromisoformat(answer["now"]), ahead, answer.get("fired"))


@contextmanager
def _refusing(url: str) -> Iterator[None]:
    try:
        yield
    except EndpointUnavailable as error:
        raise PortError(str(error)) from error
    except AWS_ERRORS as error:
        raise PortError(str(translate_error(error, "states", url, url))) from error


def _parse_finding(found: Mapping[str, Any]) -> Finding:
    return Finding(found["severity"], found["code"], found["message"], found.get("location", ""))
