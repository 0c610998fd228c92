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


class Queue(Protocol):
    """A queue. Each method may raise an exception, and is then called again later."""

    async def receive(self, count: int, wait_seconds: int) -> Sequence[Message]:
        """Receive messages; wait for the first one."""
        ...

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete received messages."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when (UTC) the next message will be there that was sent with a delay; None if none was."""
        ...

    async def is_empty(self) -> bool:
        """Return whether there is nothing to receive now."""
        ...
