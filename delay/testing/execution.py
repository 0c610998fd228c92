"""One execution of the fake: it waits, then calls the function, like statemachine/delay.asl.json."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from delay._payload import DELAY_MEMBER
from delay.testing.function import Call, Function, FunctionOutcome, call_function

_NO_DELAY = "The SecondsPath parameter does not reference a delay: $.expirydate"


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """The outcome of a call that is still in progress, and the time when it arrives."""

    at: datetime
    outcome: FunctionOutcome


@dataclass(slots=True)
class FakeExecution:
    """An execution, with its two pending changes: the call at `calls_at`, and the call's `answer`."""

    arn: str
    input: str
    started: datetime
    status: str = "RUNNING"
    stopped: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    redriven: datetime | None = None
    redrives: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    calls_at: datetime | None = None
    answer: PendingAnswer | None = None
    version: int | None = None
    """The version of the state machine that it was started on, by its number or by an alias."""

    def __post_init__(self) -> None:
        """Start the execution."""
        details = {"input": self.input}
        self._append_event("ExecutionStarted", self.started, executionStartedEventDetails=details)
        self._wait(self.started)

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.arn.rpartition(":")[2]

    @property
    def changes_at(self) -> datetime | None:
        """The time of its next change; None if there is none."""
        return self.answer.at if self.answer else self.calls_at

    def apply_change(self, function: Function, call_duration: timedelta) -> Call | None:
        """Apply the next change; return the call if it made one."""
        if self.answer:
            self._complete(self.answer)
        if self.calls_at is None:
            return None
        call = self._call(self.calls_at)
        self.calls_at = None
        self.answer = PendingAnswer(call.time + call_duration, call_function(function, call))
        return call

    def stop(self, now: datetime, error: str | None, cause: str | None) -> None:
        """Abort it, unless it has ended."""
        if self.status == "RUNNING":
            self._end("ABORTED", now, error=error, cause=cause)

    def redrive(self, now: datetime) -> None:
        """Resume it in the state in which it ended."""
        self.status, self.stopped, self.error, self.cause = "RUNNING", None, None, None
        self.redriven, self.redrives = now, self.redrives + 1
        details = {"redriveCount": self.redrives}
        self._append_event("ExecutionRedriven", now, executionRedrivenEventDetails=details)
        if self._has_waited:
            self.calls_at = now
        else:
            self._wait(now)

    def _wait(self, now: datetime) -> None:
        self._append_event("WaitStateEntered", now, stateEnteredEventDetails={"name": "WaitUntilDue"})
        delay_seconds = _parse_delay_seconds(json.loads(self.input))
        if delay_seconds is None:
            self._end("FAILED", now, error="States.Runtime", cause=_NO_DELAY)
        else:
            self.calls_at = now + timedelta(seconds=delay_seconds)

    @property
    def _has_waited(self) -> bool:
        return any(event["type"] == "WaitStateExited" for event in self.events)

    def _call(self, now: datetime) -> Call:
        entered = () if self._has_waited else ("WaitStateExited", "TaskStateEntered")
        for event_type in (*entered, "TaskScheduled", "TaskStarted"):
            self._append_event(event_type, now)
        return Call.of(self.arn, self.started, self.input, now)

    def _complete(self, answer: PendingAnswer) -> None:
        now, outcome = answer.at, answer.outcome
        if outcome.error is None:
            self._append_event("TaskSucceeded", now)
            self._append_event("TaskStateExited", now)
            self._end("SUCCEEDED", now, output=outcome.output)
        else:
            details = {"error": outcome.error, "cause": outcome.cause}
            self._append_event("TaskFailed", now, taskFailedEventDetails=details)
            self._end("FAILED", now, error=outcome.error, cause=outcome.cause)

    def _end(self, status: str, now: datetime, **details: str | None) -> None:
        self.status, self.stopped = status, now
        self.calls_at = self.answer = None
        self.output, self.error, self.cause = (details.get(name) for name in ("output", "error", "cause"))
        kind = f"Execution{status.capitalize()}"
        given = {name: value for name, value in details.items() if value is not None}
        self._append_event(kind, now, **{f"execution{status.capitalize()}EventDetails": given})

    def _append_event(self, event_type: str, now: datetime, **details: Any) -> None:  # noqa: ANN401 - any JSON
        number = len(self.events) + 1
        self.events.append(
            {"timestamp": now, "type": event_type, "id": number, "previousEventId": number - 1} | details
        )


def _parse_delay_seconds(task_input: object) -> int | None:
    seconds = task_input.get(DELAY_MEMBER) if isinstance(task_input, dict) else None
    is_delay = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds >= 0
    return seconds if is_delay else None
