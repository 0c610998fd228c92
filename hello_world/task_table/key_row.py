"""Key rows: the present state of tasks, in one row for each key."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from task_table.attributes import Attributes, find_number, find_text, measure, read_number, read_text
from task_table.errors import UnreadableRow
from task_table.hashing import find_partition
from task_table.slot_row import build_sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_BYTES: Final = 1024
"""A write unit: each change of a row this small costs one. Source: "DynamoDB read and write operations"."""


class RowStatus(StrEnum):
    """The status of a key row."""

    WAITING = "WAITING"
    """Not claimed yet."""
    RUNNING = "RUNNING"
    """Claimed, or given back after a failed attempt."""
    CALLED = "CALLED"
    """Claimed in a table that does not record ends: RUNNING while its lease lives, and done after that."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


CLAIMED: Final = (RowStatus.RUNNING, RowStatus.CALLED)
ENDED: Final = (RowStatus.SUCCEEDED, RowStatus.FAILED, RowStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """The state of a task. Times are in seconds since 1970."""

    key: str
    token: str
    """Changes with each schedule, reschedule and redrive. A message with another one is stale."""
    made: str
    """The token of the operation that created the task."""
    due: int
    slot: str
    """The partition key of its slot row, which has the payload."""
    status: RowStatus
    digest: str
    """Of the payload."""
    delay: int
    """The seconds that it was scheduled for."""
    scheduled: int
    """When it was scheduled."""
    moves: int = 0
    """How often it was moved to another due time."""
    attempts: int = 0
    """How often it was claimed."""
    claim: str | None = None
    """The receive that holds it, or held it last."""
    lease: int | None = None
    """Until when the claim is its holder's alone."""
    called: int | None = None
    """When it was last claimed."""
    ended: int | None = None
    error: str | None = None
    cause: str | None = None
    result: str | None = None
    """JSON text, if it fits into the row."""
    expires: int | None = None
    """When the key is free again, once the task has ended."""

    @property
    def pk(self) -> str:
        """The partition key."""
        return build_partition_key(find_partition(self.key))

    @property
    def slot_sort_key(self) -> str:
        """The sort key of its slot row."""
        return build_sort_key(self.due, self.key, self.token)

    def build_attributes(self) -> Attributes:
        """Return the row's attributes."""
        values = {name: value for name in _ATTRIBUTES if (value := getattr(self, name)) is not None}
        return {"pk": self.pk, "sk": self.key, **values}

    @classmethod
    def of_attributes(cls, attributes: Mapping[str, object]) -> Self:
        """Read a row.

        Raises:
            UnreadableRow: it is not a key row.

        """
        return cls(
            key=read_text(attributes, "sk"),
            token=read_text(attributes, "token"),
            made=read_text(attributes, "made"),
            due=read_number(attributes, "due"),
            slot=read_text(attributes, "slot"),
            status=_read_status(attributes),
            digest=read_text(attributes, "digest"),
            delay=read_number(attributes, "delay"),
            scheduled=read_number(attributes, "scheduled"),
            moves=read_number(attributes, "moves"),
            attempts=read_number(attributes, "attempts"),
            claim=find_text(attributes, "claim"),
            lease=find_number(attributes, "lease"),
            called=find_number(attributes, "called"),
            ended=find_number(attributes, "ended"),
            error=find_text(attributes, "error"),
            cause=find_text(attributes, "cause"),
            result=find_text(attributes, "result"),
            expires=find_number(attributes, "expires"),
        )


_ATTRIBUTES: Final = tuple(each.name for each in fields(KeyRow) if each.name != "key")


def build_partition_key(partition: int) -> str:
    """Return the partition key of key rows."""
    return f"key#{partition}"


def find_room(row: KeyRow, names: tuple[str, ...]) -> int:
    """Return the bytes left for the values of these attributes, if the row is to stay one unit.

    Their present values do not count; every time that an end adds does.
    """
    kept = {name: value for name, value in row.build_attributes().items() if name not in names}
    times = dict.fromkeys(("called", "ended", "expires", "lease"), _LONG_TIME)
    return UNIT_BYTES - measure({**kept, **times}) - sum(map(len, names)) - _MARGIN_BYTES


_LONG_TIME: Final = 9_999_999_999
"""A time with as many digits as one has until the year 2286."""

_MARGIN_BYTES: Final = 64
"""For a longer status, a claim, and the growth of counters."""


def _read_status(attributes: Mapping[str, object]) -> RowStatus:
    status = read_text(attributes, "status")
    try:
        return RowStatus(status)
    except ValueError as error:
        raise UnreadableRow(f"A newer release has written the status {status!r}: update this one.") from error
