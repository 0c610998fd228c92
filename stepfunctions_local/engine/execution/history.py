"""History events, in the shape of GetExecutionHistory's answer, and the builder that numbers and dates them.

A function that builds an event is named after it: `execution_started` builds ExecutionStarted.
Source: "HistoryEvent" in the Step Functions API Reference, and answers recorded on AWS.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from stepfunctions_local.language import Activity, Call, Failure, Integration, LambdaFunction, Resource

MAX_EVENTS = 25_000
"""The most events a Standard execution may have. Source: "Step Functions service quotas"."""

Event: TypeAlias = dict[str, Any]

MAP = "Map"
"""The type of state whose branches are iterations."""

_IN_FULL = {"truncated": False}

_DATA = {
    *("input", "inputDetails", "output", "outputDetails", "parameters"),
    *("assignedVariables", "assignedVariablesDetails"),
}


class NewEvent(NamedTuple):
    """An event without its number and time. `details_key` is needed if the type does not imply it."""

    type: str
    details: dict[str, Any] | None = None
    details_key: str | None = None


def build_event(new_event: NewEvent, event_id: int, previous_event_id: int, timestamp: float) -> Event:
    """Build an event. `timestamp` is in seconds since the epoch, as on the wire."""
    row: Event = {
        "timestamp": timestamp,
        "type": new_event.type,
        "id": event_id,
        "previousEventId": previous_event_id,
    }
    if new_event.details is not None:
        row[new_event.details_key or _details_key(new_event.type)] = new_event.details
    return row


def to_event_time(timestamp: float) -> datetime:
    """Return the moment (UTC) of an event's timestamp."""
    return datetime.fromtimestamp(timestamp, UTC)


def without_data(row: Event) -> Event:
    """Return an event as `includeExecutionData: false` asks for it: without input, output and parameters."""
    return {key: _strip_data(value) if isinstance(value, dict) else value for key, value in row.items()}


def find_details(row: Event) -> dict[str, Any]:
    """Return the details of an event, which differ by its type; empty if it has none."""
    return next((value for value in row.values() if isinstance(value, dict)), {})


def execution_started(input_text: str, role_arn: str) -> NewEvent:
    """Build the event of an execution's start."""
    return NewEvent("ExecutionStarted", {"input": input_text, "inputDetails": _IN_FULL, "roleArn": role_arn})


def execution_succeeded(output: str) -> NewEvent:
    """Build the event of an execution's success."""
    return NewEvent("ExecutionSucceeded", {"output": output, "outputDetails": _IN_FULL})


def execution_ended(kind: str, failure: Failure) -> NewEvent:
    """Build the event of any other end: `kind` is Failed, Aborted or TimedOut."""
    return NewEvent(f"Execution{kind}", _failure_details(failure))


def execution_redriven(redrives: int) -> NewEvent:
    """Build the event of a redrive: the execution goes on, for the `redrives`-th time."""
    return NewEvent("ExecutionRedriven", {"redriveCount": redrives})


def state_entered(state_type: str, name: str, input_text: str) -> NewEvent:
    """Build the event of a state's entry."""
    details = {"name": name, "input": input_text, "inputDetails": _IN_FULL}
    return NewEvent(f"{state_type}StateEntered", details, "stateEnteredEventDetails")


def state_exited(state_type: str, name: str, output: str, assigned: Mapping[str, str]) -> NewEvent:
    """Build the event of a state's exit. `assigned` has the JSON text of each variable that it assigned."""
    details: dict[str, Any] = {"name": name, "output": output, "outputDetails": _IN_FULL}
    if assigned:
        details |= {"assignedVariables": assigned, "assignedVariablesDetails": _IN_FULL}
    return NewEvent(f"{state_type}StateExited", details, "stateExitedEventDetails")


def state_aborted(state_type: str) -> NewEvent:
    """Build the event of a state that is not exited: its branch was aborted, or its work failed for good."""
    return NewEvent(f"{state_type}StateAborted")


def fork_started(state_type: str, length: int) -> NewEvent:
    """Build the event of the start of a Parallel, or of a Map with `length` items."""
    return NewEvent(f"{state_type}StateStarted", {"length": length} if state_type == MAP else None)


def fork_succeeded(state_type: str) -> NewEvent:
    """Build the event of a Parallel or a Map all of whose branches succeeded."""
    return NewEvent(f"{state_type}StateSucceeded")


def fork_failed(state_type: str) -> NewEvent:
    """Build the event of a Parallel or a Map that failed and does not retry."""
    return NewEvent(f"{state_type}StateFailed")


def iteration(kind: str, state: str, index: int) -> NewEvent:
    """Build an event of a Map's iteration: `kind` is Started, Succeeded, Failed or Aborted."""
    return NewEvent(f"MapIteration{kind}", {"name": state, "index": index})


def map_run_started(arn: str) -> NewEvent:
    """Build the event of the start of a Map Run."""
    return NewEvent("MapRunStarted", {"mapRunArn": arn})


def map_run_redriven(arn: str, redrives: int) -> NewEvent:
    """Build the event of a redrive of a Map Run, the `redrives`-th one."""
    return NewEvent("MapRunRedriven", {"mapRunArn": arn, "redriveCount": redrives})


def map_run_succeeded() -> NewEvent:
    """Build the event of a Map Run's success."""
    return NewEvent("MapRunSucceeded")


def map_run_failed(failure: Failure) -> NewEvent:
    """Build the event of a Map Run's failure."""
    return NewEvent("MapRunFailed", _failure_details(failure))


def map_run_aborted() -> NewEvent:
    """Build the event of a Map Run that its parent no longer waits for."""
    return NewEvent("MapRunAborted")


def evaluation_failed(failure: Failure, location: str | None, state: str) -> NewEvent:
    """Build the event of a JSONata expression that has no value, or none that can be used."""
    located = {} if location is None else {"location": location}
    return NewEvent("EvaluationFailed", _failure_details(failure) | located | {"state": state})


class LambdaEvents:
    """Builds the events of a Task whose resource is the ARN of a Lambda function."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def scheduled(self, parameters: str, call: Call) -> NewEvent:
        """Build the event of a planned call."""
        details = {"resource": self._arn, "input": parameters, "inputDetails": _IN_FULL}
        return NewEvent("LambdaFunctionScheduled", details | _limit_details("timeout", call.timeout_seconds))

    def started(self) -> NewEvent:
        """Build the event of a call that goes out."""
        return NewEvent("LambdaFunctionStarted")

    def succeeded(self, output: str) -> NewEvent:
        """Build the event of the function's result."""
        return NewEvent("LambdaFunctionSucceeded", {"output": output, "outputDetails": _IN_FULL})

    def failed(self, failure: Failure) -> NewEvent:
        """Build the event of a function that failed, or could not be called."""
        return NewEvent("LambdaFunctionFailed", _failure_details(failure))

    def timed_out(self, failure: Failure) -> NewEvent:
        """Build the event of a call that took longer than TimeoutSeconds."""
        return NewEvent("LambdaFunctionTimedOut", _failure_details(failure))


class IntegrationEvents:
    """Builds the events of a Task whose resource is a service integration, such as `lambda:invoke`."""

    def __init__(self, integration: Integration, region: str) -> None:
        self._resource = {"resourceType": integration.service, "resource": integration.name}
        self._region = region

    def scheduled(self, parameters: str, call: Call) -> NewEvent:
        """Build the event of a planned call."""
        details = self._resource | {"region": self._region, "parameters": parameters}
        timeout = _limit_details("timeout", call.timeout_seconds)
        heartbeat = _limit_details("heartbeat", call.heartbeat_seconds)
        return NewEvent("TaskScheduled", details | timeout | heartbeat)

    def started(self) -> NewEvent:
        """Build the event of a call that goes out."""
        return NewEvent("TaskStarted", self._resource)

    def submitted(self, output: str) -> NewEvent:
        """Build the event of the service's answer to a Task that then waits for a callback or a job."""
        return NewEvent("TaskSubmitted", self._resource | {"output": output, "outputDetails": _IN_FULL})

    def succeeded(self, output: str) -> NewEvent:
        """Build the event of the Task's result."""
        return NewEvent("TaskSucceeded", self._resource | {"output": output, "outputDetails": _IN_FULL})

    def failed(self, failure: Failure) -> NewEvent:
        """Build the event of a service that answered with an error, or could not be called."""
        return NewEvent("TaskFailed", self._resource | _failure_details(failure))

    def timed_out(self, failure: Failure) -> NewEvent:
        """Build the event of a call that took longer than TimeoutSeconds."""
        return NewEvent("TaskTimedOut", self._resource | _failure_details(failure))


class ActivityEvents:
    """Builds the events of a Task whose resource is the ARN of an activity."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def scheduled(self, parameters: str, call: Call) -> NewEvent:
        """Build the event of a Task that is offered to workers."""
        details = {"resource": self._arn, "input": parameters, "inputDetails": _IN_FULL}
        timeout = _limit_details("timeout", call.timeout_seconds)
        heartbeat = _limit_details("heartbeat", call.heartbeat_seconds)
        return NewEvent("ActivityScheduled", details | timeout | heartbeat)

    def started(self, worker: str | None = None) -> NewEvent:
        """Build the event of a Task that is given to a worker."""
        return NewEvent("ActivityStarted", {"workerName": worker} if worker else {})

    def succeeded(self, output: str) -> NewEvent:
        """Build the event of the worker's result."""
        return NewEvent("ActivitySucceeded", {"output": output, "outputDetails": _IN_FULL})

    def failed(self, failure: Failure) -> NewEvent:
        """Build the event of the worker's failure."""
        return NewEvent("ActivityFailed", _failure_details(failure))

    def timed_out(self, failure: Failure) -> NewEvent:
        """Build the event of a worker that took too long, or sent no heartbeat in time."""
        return NewEvent("ActivityTimedOut", _failure_details(failure))


TaskEvents: TypeAlias = LambdaEvents | IntegrationEvents | ActivityEvents


def task_events(resource: Resource, region: str) -> TaskEvents:
    """Return the builder of the events of a Task with this resource."""
    if isinstance(resource, LambdaFunction):
        return LambdaEvents(resource.arn)
    if isinstance(resource, Activity):
        return ActivityEvents(resource.arn)
    return IntegrationEvents(resource, region)


def _details_key(event_type: str) -> str:
    return f"{event_type[0].lower()}{event_type[1:]}EventDetails"


def _failure_details(failure: Failure) -> dict[str, Any]:
    parts = {"error": failure.error, "cause": failure.cause}
    return {key: value for key, value in parts.items() if value is not None}


def _limit_details(limit: str, seconds: int | None) -> dict[str, Any]:
    return {} if seconds is None else {f"{limit}InSeconds": seconds}


def _strip_data(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key not in _DATA}


def _count_characters(details: Mapping[str, Any]) -> int:
    """Return the length of the texts in an event's details, assigned variables included."""
    characters = 0
    for value in details.values():
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict) and value is not _IN_FULL:
            characters += _count_characters(value)
    return characters


class HistoryFull(Exception):
    """The history has room for one more event, the execution's end."""


class HistoryBuilder:
    """Collects the events of a turn, with their numbers and time.

    `is_limited`: the history may have MAX_EVENTS. That of an Express execution has no limit.
    """

    def __init__(self, last_event_id: int, now: datetime, *, is_limited: bool = True) -> None:
        self.events: list[Event] = []
        self.last_event_id = last_event_id
        self.characters = 0
        """The length of all texts in the events."""
        self._timestamp = now.timestamp()
        self._is_limited = is_limited

    def write(self, new_event: NewEvent, previous_event_id: int) -> int:
        """Append an event that follows another one, and return its number.

        Raises:
            HistoryFull: only the execution's end still fits.

        """
        if self._is_limited and self.last_event_id >= MAX_EVENTS - 1:
            raise HistoryFull
        return self.write_end(new_event, previous_event_id)

    def write_end(self, new_event: NewEvent, previous_event_id: int) -> int:
        """Append the execution's end, which always fits, and return its number."""
        self.last_event_id = event_id = self.last_event_id + 1
        # On AWS no event names ExecutionStarted as its predecessor.
        previous = previous_event_id if previous_event_id > 1 else 0
        self.events.append(build_event(new_event, event_id, previous, self._timestamp))
        if new_event.details:
            self.characters += _count_characters(new_event.details)
        return event_id
