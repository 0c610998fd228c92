"""The task that called the function: its key and due time, from the event and the client context."""  # noqa: INP001 - Lambda puts this folder on the path, it is no package

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

    `key` is what it was scheduled by; `due_time` is timezone-aware. `generation` is 1, and one more each time
    that the task was rescheduled.
    """

    key: str
    due_time: datetime
    generation: int = 1

    def lateness(self, now: datetime) -> timedelta:
        """How long after its due time it is handled; negative where clocks differ or time was skipped."""
        return now - self.due_time


def read_due_task(event: object, client_context: object) -> DueTask | None:
    """Read the task that `statemachine/delay.asl.json` describes, or None for a call without client context.

    Raises UnreadableTaskError if there is a client context, but the due time does not follow from it.
    """
    if client_context is None:
        return None
    custom = _mapping("the client context's custom", getattr(client_context, "custom", None))
    name = _member("execution", custom, str).rpartition(":")[2]
    due_time = _due_time(_start_time(custom), event)
    rescheduled = _GENERATION.fullmatch(name)
    if rescheduled is None:
        return DueTask(name, due_time)
    return DueTask(rescheduled["key"], due_time, int(rescheduled["number"]))


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
