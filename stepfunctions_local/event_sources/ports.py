"""The surroundings of event sources: queues, and functions to call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Answer:
    """A function's answer: its result as JSON, or its error if it `failed`."""

    payload: bytes
    failed: bool


Invoke: TypeAlias = Callable[[str, bytes], Awaitable[Answer]]
"""Calls a function, by its name, with an event."""

Message: TypeAlias = Mapping[str, Any]
"""A message, with the members that ReceiveMessage gives it."""


class Agenda(Protocol):
    """The work of a schedule's function, of which there is none at most of its times."""

    async def is_ready(self) -> bool:
        """Return whether the function has done what others wait for at the start."""
        ...

    async def next_due(self) -> datetime | None:
        """Return the next time (UTC) at which it has something to do; None if there is none."""
        ...

    async def pass_over(self) -> None:
        """Have the function pass over the times at which it has nothing to do."""
        ...


class Queue(Protocol):
    """A queue. Each method may raise an exception, and is then called again later."""

    async def receive(self, count: int, wait_seconds: int) -> Sequence[Message]:
        """Receive messages; wait for the first one."""
        ...

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete received messages."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when (UTC) the next hidden message can be received; None if none is hidden."""
        ...

    async def is_empty(self) -> bool:
        """Return whether there is nothing to receive now."""
        ...
