"""Sends the messages of due tasks in batches, and repeats those that the queue did not accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from task_table.errors import TaskTableError

if TYPE_CHECKING:
    from task_table.message import Message
    from task_table.ports import Clock, Queue

BATCH: Final = 10
"""The messages of a request. Source: SendMessageBatch in the API Reference."""

_ATTEMPTS: Final = 5

Map: TypeAlias = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Applies a function to items: the built-in `map`, or that of a pool of threads."""


class NotAccepted(TaskTableError):
    """The queue did not accept messages, however often they were sent."""


class Sender:
    """Sends messages. `map_all` decides how many batches are under way at once."""

    def __init__(self, queue: Queue, clock: Clock, map_all: Map = map) -> None:
        self._queue = queue
        self._clock = clock
        self._map = map_all

    def send(self, messages: Sequence[Message]) -> None:
        """Send messages. Return when all of them are in the queue.

        Raises:
            NotAccepted: some are not. The others are, and claims drop their duplicates.

        """
        batches = [messages[start : start + BATCH] for start in range(0, len(messages), BATCH)]
        for _ in self._map(self._send_batch, batches):
            pass

    def _send_batch(self, batch: Sequence[Message]) -> None:
        for _ in range(_ATTEMPTS):
            batch = self._queue.send(batch, self._clock())
            if not batch:
                return
        raise NotAccepted(f"SQS did not accept {len(batch)} messages in {_ATTEMPTS} attempts.")
