"""What Step Functions tells of an execution, read as a generation of a task."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from delay._payload import DELAY_MEMBER
from delay.executions.generation import Generation
from delay.task import Status, Task


class Stop(StrEnum):
    """Why this package stops an execution: the error that it is stopped with."""

    CANCELLED = "Delay.Cancelled"
    RESCHEDULED = "Delay.Rescheduled"
    """A later generation has taken its place."""
    WITHDRAWN = "Delay.Withdrawn"
    """An earlier generation was called or cancelled before this one could take its place."""


CALL_EVENTS: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
"""What the history holds once the function was called. Source: HistoryEvent in the API Reference."""

_CLOCK_SPREAD: Final = timedelta(seconds=2)
"""How far times that Step Functions tells may be apart though they mean the same moment."""

_OPEN: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})
_PLAIN = {"SUCCEEDED": Status.SUCCEEDED, "FAILED": Status.FAILED, "TIMED_OUT": Status.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class Execution:
    """One generation of a task. `status` is Step Functions' own; `input` is None if it is no object."""

    generation: Generation
    arn: str
    status: str
    started: datetime
    input: Mapping[str, Any] | None
    stopped: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None

    @classmethod
    def started_now(cls, generation: Generation, arn: str, started: datetime, input_text: str) -> "Execution":
        """Tell of an execution what StartExecution answered."""
        return cls(generation, arn, "RUNNING", started.astimezone(UTC), _json_object(input_text))

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Execution":
        """Read an answer of DescribeExecution."""
        stopped = described.get("stopDate")
        return cls(
            generation=Generation.of_name(described["name"]),
            arn=described["executionArn"],
            status=described["status"],
            started=described["startDate"].astimezone(UTC),
            stopped=stopped and stopped.astimezone(UTC),
            input=_json_object(described.get("input")),
            output=described.get("output"),
            error=described.get("error"),
            cause=described.get("cause"),
        )

    @property
    def due(self) -> datetime | None:
        """When the wait is over (UTC); None where the input has no delay that can be used."""
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
        """Whether it has not ended."""
        return self.status in _OPEN

    @property
    def was_stopped(self) -> bool:
        """Whether StopExecution ended it."""
        return self.status == "ABORTED"

    def was_stopped_for(self, stop: Stop) -> bool:
        """Whether this package ended it, for this reason."""
        return self.was_stopped and self.error == stop

    def surely_waited_until(self, moment: datetime) -> bool:
        """Whether the wait cannot have been over at that moment, however clocks differ."""
        return self.due is not None and moment < self.due - _CLOCK_SPREAD

    def task(self, now: datetime, *, was_called: bool) -> Task:
        """Return the task as it stands. `was_called` says whether a stopped one was called before."""
        return Task(
            key=self.generation.key,
            status=self._task_status(now, was_called=was_called),
            arn=self.arn,
            started=self.started,
            due=self.due,
            ended=self.stopped,
            payload=self.payload,
            output=_json(self.output),
            error=self.error,
            cause=self.cause,
            generation=self.generation.number,
        )

    def _task_status(self, now: datetime, *, was_called: bool) -> Status:
        if self.is_open:
            return Status.WAITING if self.due is not None and now < self.due else Status.RUNNING
        if self.status in _PLAIN:
            return _PLAIN[self.status]
        if was_called:
            return Status.FAILED
        is_replaced = self.was_stopped_for(Stop.RESCHEDULED) or self.was_stopped_for(Stop.WITHDRAWN)
        return Status.RESCHEDULED if is_replaced else Status.CANCELLED


def holds_call(events: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a history tells that the function was called. It is read no further than to there."""
    return any(event["type"] in CALL_EVENTS for event in events)


def _json_object(text: str | None) -> Mapping[str, Any] | None:
    value = _json(text)
    return value if isinstance(value, dict) else None


def _json(text: str | None) -> Any:  # noqa: ANN401 - any JSON
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):  # started by others: Step Functions has let it pass
        return text
