"""History events, in the shape in which GetExecutionHistory answers them.

Source: "HistoryEvent" in the Step Functions API Reference, and what AWS was recorded to answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from stepfunctions_local.language import Call, Failure, Integration, LambdaFunction, Resource

MAX_EVENTS = 25_000
"""How many events a Standard execution may have. Source: "Step Functions service quotas"."""

Event: TypeAlias = dict[str, Any]

MAP = "Map"
"""The type of the states whose branches are iterations."""

_IN_FULL = {"truncated": False}

_DATA = {
    *("input", "inputDetails", "output", "outputDetails", "parameters"),
    *("assignedVariables", "assignedVariablesDetails"),
}


class NewEvent(NamedTuple):
    """What an event says, before it has a number and a time."""

    type: str
    details: dict[str, Any] | None = None
    details_key: str | None = None


def event(new_event: NewEvent, event_id: int, previous_event_id: int, timestamp: float) -> Event:
    """Number and date what happened. `timestamp` is in seconds since the epoch, as on the wire."""
    row: Event = {
        "timestamp": timestamp,
        "type": new_event.type,
        "id": event_id,
        "previousEventId": previous_event_id,
    }
    if new_event.details is not None:
        row[new_event.details_key or _details_key(new_event.type)] = new_event.details
    return row


def without_data(row: Event) -> Event:
    """Leave out what `includeExecutionData: false` asks to be left out: inputs, outputs and parameters."""
    return {key: _stripped(value) if isinstance(value, dict) else value for key, value in row.items()}


def execution_started(input_text: str, role_arn: str) -> NewEvent:
    """The execution began."""
    return NewEvent("ExecutionStarted", {"input": input_text, "inputDetails": _IN_FULL, "roleArn": role_arn})


def execution_succeeded(output: str) -> NewEvent:
    """The execution ended with an output."""
    return NewEvent("ExecutionSucceeded", {"output": output, "outputDetails": _IN_FULL})


def execution_ended(kind: str, failure: Failure) -> NewEvent:
    """The execution ended otherwise: `kind` is Failed, Aborted or TimedOut."""
    return NewEvent(f"Execution{kind}", _failure(failure))


def execution_redriven(redrives: int) -> NewEvent:
    """The execution goes on from where it ended without success, for the so manieth time."""
    return NewEvent("ExecutionRedriven", {"redriveCount": redrives})


def state_entered(state_type: str, name: str, input_text: str) -> NewEvent:
    """A state was entered."""
    details = {"name": name, "input": input_text, "inputDetails": _IN_FULL}
    return NewEvent(f"{state_type}StateEntered", details, "stateEnteredEventDetails")


def state_exited(state_type: str, name: str, output: str, assigned: Mapping[str, str]) -> NewEvent:
    """A state was exited. What it assigned to variables is JSON text for each."""
    details: dict[str, Any] = {"name": name, "output": output, "outputDetails": _IN_FULL}
    if assigned:
        details |= {"assignedVariables": assigned, "assignedVariablesDetails": _IN_FULL}
    return NewEvent(f"{state_type}StateExited", details, "stateExitedEventDetails")


def state_aborted(state_type: str) -> NewEvent:
    """A state is not exited: its branch was cut short, or its work failed for good."""
    return NewEvent(f"{state_type}StateAborted")


def fork_started(state_type: str, length: int) -> NewEvent:
    """A Parallel or a Map began its work; `length` is how many items a Map has."""
    return NewEvent(f"{state_type}StateStarted", {"length": length} if state_type == MAP else None)


def fork_succeeded(state_type: str) -> NewEvent:
    """All branches of a Parallel or a Map have ended."""
    return NewEvent(f"{state_type}StateSucceeded")


def fork_failed(state_type: str) -> NewEvent:
    """A Parallel or a Map failed, and does not try again."""
    return NewEvent(f"{state_type}StateFailed")


def iteration(kind: str, state: str, index: int) -> NewEvent:
    """Something became of an item of a Map: `kind` is Started, Succeeded, Failed or Aborted."""
    return NewEvent(f"MapIteration{kind}", {"name": state, "index": index})


def evaluation_failed(failure: Failure, location: str | None, state: str) -> NewEvent:
    """An expression of JSONata could not be evaluated, or its result not be used."""
    where = {} if location is None else {"location": location}
    return NewEvent("EvaluationFailed", _failure(failure) | where | {"state": state})


class LambdaEvents:
    """The events of a Task whose resource is the ARN of a Lambda function."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def scheduled(self, parameters: str, call: Call) -> NewEvent:
        """The call was planned."""
        details = {"resource": self._arn, "input": parameters, "inputDetails": _IN_FULL}
        return NewEvent("LambdaFunctionScheduled", details | _seconds("timeout", call.timeout_seconds))

    def started(self) -> NewEvent:
        """The call went out."""
        return NewEvent("LambdaFunctionStarted")

    def succeeded(self, output: str) -> NewEvent:
        """The function returned."""
        return NewEvent("LambdaFunctionSucceeded", {"output": output, "outputDetails": _IN_FULL})

    def failed(self, failure: Failure) -> NewEvent:
        """The function failed, or could not be called."""
        return NewEvent("LambdaFunctionFailed", _failure(failure))

    def timed_out(self, failure: Failure) -> NewEvent:
        """The state's TimeoutSeconds went by."""
        return NewEvent("LambdaFunctionTimedOut", _failure(failure))


class IntegrationEvents:
    """The events of a Task whose resource is a service integration, such as `lambda:invoke`."""

    def __init__(self, integration: Integration, region: str) -> None:
        self._resource = {"resourceType": integration.service, "resource": integration.name}
        self._region = region

    def scheduled(self, parameters: str, call: Call) -> NewEvent:
        """The call was planned."""
        details = self._resource | {"region": self._region, "parameters": parameters}
        timeout = _seconds("timeout", call.timeout_seconds)
        heartbeat = _seconds("heartbeat", call.heartbeat_seconds)
        return NewEvent("TaskScheduled", details | timeout | heartbeat)

    def started(self) -> NewEvent:
        """The call went out."""
        return NewEvent("TaskStarted", self._resource)

    def submitted(self, output: str) -> NewEvent:
        """The service answered, and the Task waits on."""
        return NewEvent("TaskSubmitted", self._resource | {"output": output, "outputDetails": _IN_FULL})

    def succeeded(self, output: str) -> NewEvent:
        """The service answered."""
        return NewEvent("TaskSucceeded", self._resource | {"output": output, "outputDetails": _IN_FULL})

    def failed(self, failure: Failure) -> NewEvent:
        """The service answered with an error, or could not be called."""
        return NewEvent("TaskFailed", self._resource | _failure(failure))

    def timed_out(self, failure: Failure) -> NewEvent:
        """The state's TimeoutSeconds went by."""
        return NewEvent("TaskTimedOut", self._resource | _failure(failure))


TaskEvents: TypeAlias = LambdaEvents | IntegrationEvents


def task_events(resource: Resource, region: str) -> TaskEvents:
    """Return the events that a Task with this resource writes."""
    if isinstance(resource, LambdaFunction):
        return LambdaEvents(resource.arn)
    return IntegrationEvents(resource, region)


def _details_key(event_type: str) -> str:
    return f"{event_type[0].lower()}{event_type[1:]}EventDetails"


def _failure(failure: Failure) -> dict[str, Any]:
    parts = {"error": failure.error, "cause": failure.cause}
    return {key: value for key, value in parts.items() if value is not None}


def _seconds(limit: str, seconds: int | None) -> dict[str, Any]:
    return {} if seconds is None else {f"{limit}InSeconds": seconds}


def _stripped(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key not in _DATA}


class HistoryFull(Exception):
    """The execution has as many events as it may have, but for its end."""


class HistoryBuilder:
    """Numbers and dates what happens."""

    def __init__(self, last_event_id: int, now: datetime) -> None:
        self.events: list[Event] = []
        self.last_event_id = last_event_id
        self._timestamp = now.timestamp()

    def write(self, new_event: NewEvent, previous_event_id: int) -> int:
        """Write what follows an event, and return its number.

        Raises:
            HistoryFull: there is room for the end alone.

        """
        if self.last_event_id >= MAX_EVENTS - 1:
            raise HistoryFull
        return self.close(new_event, previous_event_id)

    def close(self, new_event: NewEvent, previous_event_id: int) -> int:
        """Write the end, for which there is always room, and return its number."""
        self.last_event_id = event_id = self.last_event_id + 1
        # On AWS nothing follows ExecutionStarted.
        previous = previous_event_id if previous_event_id > 1 else 0
        self.events.append(event(new_event, event_id, previous, self._timestamp))
        return event_id
