"""Slot rows: tasks as they were scheduled, in the order of their due times. They are never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from task_table.attributes import Attributes, read_number, read_text
from task_table.errors import UnreadableRow
from task_table.slot import SECONDS, Slot

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST_DUE: Final = 253_402_300_799
"""The last second of the year 9999, in seconds since 1970."""

MAX_KEY_BYTES: Final = 960
"""The longest key in bytes of UTF-8: a sort key has 1,024, with the second and the token."""

RETENTION_SECONDS: Final = 30 * 86_400
"""How long a slot row is kept after `keep`, in case the drain is late.

A drain that is a week behind stops the table from deleting rows, so a month is more than enough. To delete a
row when its task ends would take a write, which costs more than a month of its storage.
"""

_SECOND_DIGITS: Final = 12
_TOKEN_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """A task as it was scheduled. Times are in seconds since 1970."""

    slot: Slot
    key: str
    token: str
    due: int
    payload: str
    """JSON text of an object, without `expirydate`."""
    delay: int
    """The seconds that it was scheduled for: `expirydate` in the function's event."""
    made: str
    """The token of the operation that created the task."""
    expires: int
    """When DynamoDB deletes the row."""

    @property
    def sk(self) -> str:
        """The sort key."""
        return build_sort_key(self.due, self.key, self.token)

    def build_attributes(self) -> Attributes:
        """Return the row's attributes."""
        return {
            "pk": self.slot.pk,
            "sk": self.sk,
            "payload": self.payload,
            "delay": self.delay,
            "made": self.made,
            "expires": self.expires,
        }

    @classmethod
    def of_attributes(cls, attributes: Mapping[str, object]) -> Self:
        """Read a row.

        Raises:
            UnreadableRow: it is not a slot row.

        """
        due, key, token = parse_sort_key(read_text(attributes, "sk"))
        return cls(
            slot=Slot.of_partition(read_text(attributes, "pk")),
            key=key,
            token=token,
            due=due,
            payload=read_text(attributes, "payload"),
            delay=read_number(attributes, "delay"),
            made=read_text(attributes, "made"),
            expires=read_number(attributes, "expires"),
        )


def build_sort_key(due: int, key: str, token: str) -> str:
    """Return the sort key of a slot row: rows of a slot are in the order of their due times."""
    return f"{due:0{_SECOND_DIGITS}}#{key}#{token}"


def parse_sort_key(sk: str) -> tuple[int, str, str]:
    """Return a slot row's due time, key and token. The key may contain `#`, so both ends are of fixed length.

    Raises:
        UnreadableRow: it is not the sort key of a slot row.

    """
    due, key, token = sk[:_SECOND_DIGITS], sk[_SECOND_DIGITS + 1 : -_TOKEN_DIGITS - 1], sk[-_TOKEN_DIGITS:]
    if not (due.isdecimal() and key and sk == build_sort_key(int(due), key, token)):
        raise UnreadableRow(f"The sort key of a slot row is SECOND#KEY#TOKEN, got {sk!r:.100}.")
    return int(due), key, token


def compute_expiry(slot: Slot, keep_seconds: int) -> int:
    """Return when a slot row may be deleted, in seconds since 1970."""
    return slot.minute * SECONDS + keep_seconds + RETENTION_SECONDS
