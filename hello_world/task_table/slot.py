"""Slots: the rows of the tasks due in one minute, spread over shards."""

from dataclasses import dataclass
from typing import Final, Self

from task_table.errors import UnreadableRow
from task_table.hashing import find_shard

SECONDS: Final = 60
"""The length of a slot."""

_PREFIX: Final = "slot#"


@dataclass(frozen=True, slots=True)
class Slot:
    """One shard of a minute. `minute` counts from 1970 (UTC)."""

    minute: int
    shard: int

    @classmethod
    def of_task(cls, key: str, due: int, now: int, shards: int) -> Self:
        """Return the slot of a task: that of its due time, but never a past one. Times are since 1970.

        The drain has passed the past ones, and would not find the row.
        """
        return cls(max(due, now) // SECONDS, find_shard(key, shards))

    @classmethod
    def of_partition(cls, pk: str) -> Self:
        """Return the slot with a partition key.

        Raises:
            UnreadableRow: it is not the partition key of a slot.

        """
        minute, _, shard = pk.removeprefix(_PREFIX).partition("#")
        if minute.isdecimal() and shard.isdecimal():
            slot = cls(int(minute), int(shard))
            if slot.pk == pk:
                return slot
        raise UnreadableRow(f"The partition key of a slot is slot#MINUTE#SHARD, got {pk!r:.100}.")

    @property
    def pk(self) -> str:
        """The partition key of its rows."""
        return f"{_PREFIX}{self.minute}#{self.shard}"

    @property
    def end(self) -> int:
        """The second after its last one, since 1970."""
        return (self.minute + 1) * SECONDS
