"""The due task that called the function, read from the event and the client context."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from delayed_task.errors import UnreadableTaskError

Member = TypeVar("Member", str, int)

_GENERATION = re.compile(r"(?P<key>.+)--g(?P<number>[2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}", re.DOTALL)
"""The name of a rescheduled task's execution: see docs/adr/0008-generations.md."""


@dataclass(frozen=True, slots=True)
class DueTask:
    """A delayed task at the time of its call.

    `execution`: ARN of the calling execution.
    `due_time`: timezone-aware.
    """

    execution: str
    due_time: datetime

    @property
    def key(self) -> str:
        """The key that the task was scheduled with."""
        return self._name_parts["key"] if self._name_parts else self._name

    @property
    def generation(self) -> int:
        """1 for a new task, and 1 more after each reschedule."""
        return int(self._name_parts["number"]) if self._name_parts else 1

    @property
    def first_execution(self) -> str:
        """The ARN of the task's first generation, which no reschedule changes."""
        return self.execution.removesuffix(self._name) + self.key

    def lateness(self, now: datetime) -> timedelta:
        """Return the time since the due time; negative if clocks differ or time was skipped."""
        return now - self.due_time

    @property
    def _name(self) -> str:
        return self.execution.rpartition(":")[2]

    @property
    def _name_parts(self) -> re.Match[str] | None:
        return _GENERATION.fullmatch(self._name)


def read_due_task(event: object, client_context: object) -> DueTask | None:
    """Return the task that `statemachine/delay.asl.json` describes; None for a call without client context.

    Raises UnreadableTaskError if the client context or the event is malformed.
    """
    if client_context is None:
        return None
    custom = _require_mapping("the client context's custom", getattr(client_context, "custom", None))
    execution = _read_member("execution", custom, str)
    return DueTask(execution, _compute_due_time(_parse_start_time(custom), event))


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
