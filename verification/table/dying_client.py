"""A client that dies before it sends the message of its task: only the sweep finds such a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from delay import Delay
from delay.aws.connection import SqsClient
from delay.clock import Clock
from task_table.message import Message
from task_table.ports import PurgeableQueue, Table


@dataclass(frozen=True, slots=True)
class DyingClient:
    """The backend of a client up to its death: the table alone."""

    table: Table

    def open_table(self) -> Table:
        """Return the table."""
        return self.table

    def open_queue(self, _url: str) -> PurgeableQueue:
        """Return a queue that is never reached."""
        return _NoQueue()

    def open_letters(self) -> SqsClient:
        """Return nothing: no letter is read."""
        raise NotImplementedError


class _NoQueue:
    """Loses all messages."""

    def send(self, _messages: Sequence[Message], _now: float) -> Sequence[Message]:
        """Lose these messages, which are none that were refused."""
        return ()

    def purge(self) -> None:
        """Keep nothing, as before."""


def schedule_without_message(
    table_arn: str, table: Table, key: str, payload: Mapping[str, Any], clock: Clock | None = None
) -> None:
    """Schedule a task that is due in a second, and lose its message."""
    delay = Delay(table_arn, backend=DyingClient(table), clock=clock)
    delay.schedule(payload, after=timedelta(seconds=1), key=key)
