"""A table and a queue, as the client and the participants see them: on AWS or in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from task_table.cursor import Cursor, SweepCursor
    from task_table.key_row import KeyRow
    from task_table.message import Message
    from task_table.slot import Slot
    from task_table.slot_row import SlotRow
    from task_table.write import Change, Creation, Written

Row = TypeVar("Row")

ROWS_READ: Final = 100
"""The most rows of `get_many`. Source: BatchGetItem in the API Reference."""

ROWS_WRITTEN: Final = 25
"""The most rows of `put_slots` and `insert`.

Source: BatchWriteItem and BatchExecuteStatement in the API Reference.
"""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of a query.

    `after` is the sort key after which the next page begins, None on the last page.
    `unreadable` is the number of rows that are left out, because no participant of this release wrote them.
    """

    rows: Sequence[Row]
    after: str | None
    unreadable: int = 0


class Clock(Protocol):
    """The time of a participant."""

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        ...


class Table(Protocol):
    """The table. Reads that decide are strongly consistent; listings of key rows need not be.

    Each method is one request, and more only to send a part of a batch again.
    """

    def read_clock(self) -> int:
        """Return the time by the table's own clock, in seconds since 1970."""
        ...

    def put_slot(self, row: SlotRow) -> int:
        """Write a slot row, and return the time by the table's own clock, in seconds since 1970."""
        ...

    def put_slots(self, rows: Sequence[SlotRow]) -> int:
        """Write up to `ROWS_WRITTEN` slot rows, all of them, and return the time as above."""
        ...

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write.

        Raises:
            Refused: the condition did not hold.

        """
        ...

    def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
        """Write up to `ROWS_WRITTEN` key rows, each if its key has none. Return their results in order.

        The result is Refused if there is a row, and another error if this row alone failed.
        """
        ...

    def get(self, key: str) -> KeyRow | None:
        """Return the key row of a task."""
        ...

    def get_many(self, keys: Sequence[str], *, is_strong: bool = True) -> Mapping[str, KeyRow]:
        """Return the key rows of up to `ROWS_READ` keys, as far as this release can read them.

        Weak ones may be a moment old.
        """
        ...

    def get_slot_row(self, pk: str, sk: str) -> SlotRow | None:
        """Return a slot row."""
        ...

    def query_slot(self, slot: Slot, after: str | None = None, *, is_strong: bool = True) -> Page[SlotRow]:
        """Return rows of a slot, in the order of their due times. A weak read may miss the latest ones."""
        ...

    def query_keys(
        self, partition: int, prefix: str = "", after: str | None = None, at_most: int | None = None
    ) -> Page[KeyRow]:
        """Return key rows of a partition, in the order of their keys, up to `at_most` in a page."""
        ...

    def get_cursor(self) -> Cursor | None:
        """Return the drain's cursor."""
        ...

    def get_sweep_cursor(self, age_seconds: int) -> SweepCursor | None:
        """Return a sweep's cursor."""
        ...

    def make_cursor(self, cursor: Cursor | SweepCursor) -> bool:
        """Write a cursor, if there is none of its name. Return whether there was none."""
        ...

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Write a cursor in place of another, if its position is still that one's. Return whether it was."""
        ...

    def set_expiry(self, *, enabled: bool) -> None:
        """Have the table delete expired rows, or stop it. DynamoDB accepts a change once in about an hour."""
        ...


class Queue(Protocol):
    """The queue of due tasks."""

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Send up to ten messages, each hidden until it is due. Return those that were not accepted."""
        ...


class PurgeableQueue(Queue, Protocol):
    """The queue, as an operator sees it."""

    def purge(self) -> None:
        """Delete all messages, which takes up to a minute."""
        ...


class Letters(Protocol):
    """The dead-letter queue."""

    def send(self, body: str) -> None:
        """Send a letter."""
        ...


class Receipts(Protocol):
    """The received messages of the queue."""

    def give_back(self, receipt: str, after_seconds: int) -> None:
        """Give a message back, which then comes again after these seconds.

        `receipt` is the receipt handle.
        """
        ...
