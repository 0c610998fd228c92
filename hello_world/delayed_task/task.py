"""The task that called the function: its key and due time, from the event and the client context."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

Member = TypeVar("Member", str, int)

_GENERATION = re.compile(r"(?P<key>.+)--g(?P<number>[2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}", re.DOTALL)
"""The execution's name once the task was rescheduled: see docs/adr/0008-generations.md."""


class UnreadableTaskError(ValueError):
    """The event and the client context do not say when the task was due."""


@dataclass(frozen=True, slots=True)
class DueTask:
    """A delayed task at the time of its call.

    `execution` is the ARN of the execution that calls; `due_time` is timezone-aware.
    """

    execution: str
    due_time: datetime

    @property
    def key(self) -> str:
        """What the task was scheduled under."""
        return self._named["key"] if self._named else self._name

    @property
    def generation(self) -> int:
        """1, and one more for each time that the task was rescheduled."""
        return int(self._named["number"]) if self._named else 1

    @property
    def first_execution(self) -> str:
        """The ARN of its first generation: what a task has in common however often it is rescheduled."""
        return self.execution.removesuffix(self._name) + self.key

    def lateness(self, now: datetime) -> timedelta:
        """How long after its due time it is handled; negative where clocks differ or time was skipped."""
        return now - self.due_time

    @property
    def _name(self) -> str:
        return self.execution.rpartition(":")[2]

    @property
    def _named(self) -> re.Match[str] | None:
        return _GENERATION.fullmatch(self._name)


def read_due_task(event: object, client_context: object) -> DueTask | None:
    """Read the task that `statemachine/delay.asl.json` describes, or None for a call without client context.

    Raises UnreadableTaskError if there is a client context, but the due time does not follow from it.
    """
    if client_context is None:
        return None
    custom = _mapping("the client context's custom", getattr(client_context, "custom", None))
    return DueTask(_member("execution", custom, str), _due_time(_start_time(custom), event))


def _start_time(custom: Mapping[object, object]) -> datetime:
    text = _member("startTime", custom, str)
    try:
        start_time = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableTaskError(f"startTime must be an RFC 3339 time, got {reprlib.repr(text)}") from error
    if start_time.tzinfo is None:
        raise UnreadableTaskError(f"startTime must have a time zone, got {reprlib.repr(text)}")
    return start_time


def _due_time(start_time: datetime, event: object) -> datetime:
    seconds = _member("expirydate", _mapping("the event", event), int)
    try:
        return start_time + timedelta(seconds=seconds)
    except OverflowError as error:
        raise UnreadableTaskError(f"expirydate is beyond the calendar: {reprlib.repr(seconds)}") from error


def _mapping(name: str, value: object) -> Mapping[object, object]:
    if not isinstance(value, Mapping):
        raise UnreadableTaskError(f"{name} must be a JSON object, got {type(value).__name__}")
    return value


def _member(name: str, owner: Mapping[object, object], kind: type[Member]) -> Member:
    value = owner.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        # Shortened: the value may be a payload of 256 KiB.
        raise UnreadableTaskError(f"{name} must be of type {kind.__name__}, got {reprlib.repr(value)}")
    return value
