"""An execution in Step Functions as a generation of a task."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from delay._payload import DELAY_MEMBER
from delay.executions.generation import Generation
from delay.task import ScheduledTask, Status, Task


class Stop(StrEnum):
    """Why this package stops an execution. The value is the `error` of StopExecution."""

    CANCELLED = "Delay.Cancelled"
    RESCHEDULED = "Delay.Rescheduled"
    """A later generation has replaced it."""
    WITHDRAWN = "Delay.Withdrawn"
    """An earlier generation was called or cancelled before this one could replace it."""


CALL_EVENTS: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
"""The events that record a call of the function. Source: HistoryEvent in the API Reference."""

_CLOCK_SPREAD: Final = timedelta(seconds=2)
"""The largest difference between two times from Step Functions for the same moment."""

_OPEN: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})
_ENDED = {"SUCCEEDED": Status.SUCCEEDED, "FAILED": Status.FAILED, "TIMED_OUT": Status.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class Execution:
    """One generation of a task.

    `status` is Step Functions' own. `input` is None if it is not a JSON object.
    """

    generation: Generation
    arn: str
    status: str
    started: datetime
    input: Mapping[str, Any] | None
    stopped: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    version_arn: str | None = None
    """The version of the state machine that it runs on, if it was started on one or on an alias."""

    @classmethod
    def of_start(cls, generation: Generation, arn: str, started: datetime, input_text: str) -> "Execution":
        """Build an execution from StartExecution's answer."""
        return cls(generation, arn, "RUNNING", started.astimezone(UTC), _parse_json_object(input_text))

    @classmethod
    def of_description(cls, described: Mapping[str, Any]) -> "Execution":
        """Build an execution from DescribeExecution's answer."""
        stopped = described.get("stopDate")
        return cls(
            generation=Generation.of_name(described["name"]),
            arn=described["executionArn"],
            status=described["status"],
            started=described["startDate"].astimezone(UTC),
            stopped=stopped and stopped.astimezone(UTC),
            input=_parse_json_object(described.get("input")),
            output=described.get("output"),
            error=described.get("error"),
            cause=described.get("cause"),
            version_arn=described.get("stateMachineVersionArn"),
        )

    @property
    def due(self) -> datetime | None:
        """The due time (UTC); None if the input has no valid delay."""
        seconds = (self.input or {}).get(DELAY_MEMBER)
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            return None
        try:
            return self.started + timedelta(seconds=seconds)
        except OverflowError:
            return None

    @property
    def payload(self) -> Mapping[str, Any] | None:
        """The input without the delay."""
        return self.input and {name: value for name, value in self.input.items() if name != DELAY_MEMBER}

    @property
    def is_open(self) -> bool:
        """Whether it has not ended yet."""
        return self.status in _OPEN

    @property
    def was_stopped(self) -> bool:
        """Whether StopExecution ended it."""
        return self.status == "ABORTED"

    def was_stopped_for(self, stop: Stop) -> bool:
        """Whether this package stopped it for this reason."""
        return self.was_stopped and self.error == stop

    def was_surely_waiting_at(self, moment: datetime) -> bool:
        """Whether it cannot have been due at that moment, even if clocks differ."""
        return self.due is not None and moment < self.due - _CLOCK_SPREAD

    def to_task(self, now: datetime, *, was_called: bool) -> Task:
        """Return the task at the time `now`.

        `was_called` is whether a stopped execution had called the function; it is ignored for others.
        """
        due, payload = self.due, self.payload
        kind: Callable[..., Task] = Task if due is None else ScheduledTask
        return kind(
            key=self.generation.key,
            status=self._derive_status(now, was_called=was_called),
            arn=self.arn,
            started=self.started,
            due=due,
            ended=self.stopped,
            payload=payload,
            output=_parse_json(self.output),
            error=self.error,
            cause=self.cause,
            generation=self.generation.number,
        )

    def _derive_status(self, now: datetime, *, was_called: bool) -> Status:
        if self.is_open:
            return Status.WAITING if self.due is not None and now < self.due else Status.RUNNING
        if self.status in _ENDED:
            return _ENDED[self.status]
        if was_called:
            return Status.FAILED
        is_replaced = self.was_stopped_for(Stop.RESCHEDULED) or self.was_stopped_for(Stop.WITHDRAWN)
        return Status.RESCHEDULED if is_replaced else Status.CANCELLED


def require_scheduled(task: Task) -> ScheduledTask:
    """Return a task whose due time this package has computed or compared.

    Raises:
        TypeError: its execution's input has no valid delay, so it is not such a task.

    """
    if not isinstance(task, ScheduledTask):
        raise TypeError(f"The input of {task.arn} has no valid delay.")
    return task


def contains_call(events: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the function was called, by the events of a history. Stops reading at the first such event."""
    return any(event["type"] in CALL_EVENTS for event in events)


def _parse_json_object(text: str | None) -> Mapping[str, Any] | None:
    value = _parse_json(text)
    return value if isinstance(value, dict) else None


def _parse_json(text: str | None) -> Any:  # noqa: ANN401 - any JSON
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):  # started by another program, and Step Functions accepted it
        return text
