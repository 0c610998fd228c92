"""The due task that called the function, read from the event and the client context."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, TypeVar

from delayed_task.errors import UnreadableTaskError

Member = TypeVar("Member", str, int)

_GENERATION = re.compile(r"(?P<key>.+)--g(?P<number>[2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}", re.DOTALL)
"""The name of a rescheduled task's execution: see docs/adr/0008-generations.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTask:
    """A delayed task at the time of its call."""

    key: str
    """The key that the task was scheduled with."""
    due_time: datetime
    """Timezone-aware."""
    identity: str
    """The same in every call of the task, after reschedules and redrives, too. No other task ever has it."""
    generation: int = 1
    """1 for a new task, and 1 more after each reschedule."""
    execution: str | None = None
    """The ARN of the calling execution; None for a task in a table."""

    @classmethod
    def of_execution(cls, execution: str, due_time: datetime) -> Self:
        """Return the task of the calling execution, which has this ARN.

        The task's identity is the ARN of its first generation.
        """
        name = execution.rpartition(":")[2]
        parts = _GENERATION.fullmatch(name)
        key = parts["key"] if parts else name
        return cls(
            key=key,
            due_time=due_time,
            identity=execution.removesuffix(name) + key,
            generation=int(parts["number"]) if parts else 1,
            execution=execution,
        )

    def lateness(self, now: datetime) -> timedelta:
        """Return the time since the due time; negative if clocks differ or time was skipped."""
        return now - self.due_time


def read_due_task(event: object, client_context: object) -> DueTask | None:
    """Return the task that `statemachine/delay.asl.json` describes; None for a call without client context.

    Raises UnreadableTaskError if the client context or the event is malformed.
    """
    if client_context is None:
        return None
    custom = _require_mapping("the client context's custom", getattr(client_context, "custom", None))
    execution = _read_member("execution", custom, str)
    return DueTask.of_execution(execution, _compute_due_time(_parse_start_time(custom), event))


def _parse_start_time(custom: Mapping[object, object]) -> datetime:
    text = _read_member("startTime", custom, str)
    try:
        start_time = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableTaskError(f"startTime must be an RFC 3339 time, got {reprlib.repr(text)}") from error
    if start_time.tzinfo is None:
        raise UnreadableTaskError(f"startTime must have a time zone, got {reprlib.repr(text)}")
    return start_time


def _compute_due_time(start_time: datetime, event: object) -> datetime:
    seconds = _read_member("expirydate", _require_mapping("the event", event), int)
    try:
        return start_time + timedelta(seconds=seconds)
    except OverflowError as error:
        raise UnreadableTaskError(f"expirydate is beyond the calendar: {reprlib.repr(seconds)}") from error


def _require_mapping(name: str, value: object) -> Mapping[object, object]:
    if not isinstance(value, Mapping):
        raise UnreadableTaskError(f"{name} must be a JSON object, got {type(value).__name__}")
    return value


def _read_member(name: str, owner: Mapping[object, object], kind: type[Member]) -> Member:
    value = owner.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        # Shortened, because the value may be a payload of 256 KiB.
        raise UnreadableTaskError(f"{name} must be of type {kind.__name__}, got {reprlib.repr(value)}")
    return value
