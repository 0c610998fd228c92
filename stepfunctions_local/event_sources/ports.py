"""What event sources need from outside: queues, and functions to call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answered: JSON, or what it raised if it `failed`."""

    payload: bytes
    failed: bool


Invoke: TypeAlias = Callable[[str, bytes], Awaitable[Answer]]
"""Calls a function, by its name, with an event."""

Message: TypeAlias = Mapping[str, Any]
"""A message, with the members that ReceiveMessage gives it."""


class Agenda(Protocol):
    """What the function of a schedule has to do, which is nothing at most of its times."""

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
        """Return when (UTC) the next message is there that is delayed or to come again; None if none is."""
        ...

    async def is_empty(self) -> bool:
        """Return whether there is nothing to receive now."""
        ...
