"""The cursors: how far the drain and the sweeps are. The drain's has the table's settings, too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, Self

from task_table.attributes import Attributes, find_number, find_text, read_number, read_text
from task_table.errors import UnreadableRow
from task_table.hashing import SHARDS

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTITION: Final = "cursor"
VERSION: Final = 1
"""The version of the table's format, which this release reads and writes."""

_NAME: Final = "cursor"

_WIDENING_SECONDS: Final = 3600
"""From a new number of shards for readers to that for clients: longer than any function runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far the drain is, and the table's settings, from which clients learn them."""

    drained: int
    """The first minute whose slot was not sent to the end, counted from 1970."""
    shard: int = 0
    """The shard of that slot that is being sent."""
    after: str | None = None
    """The sort key of the last row of that shard that was sent."""
    queue_url: str
    keep_seconds: int
    """How long the key of an ended task is kept."""
    attempts: int
    """How often a task is called at most."""
    made: int
    """When the table was set up, in seconds since 1970."""
    shards: int = SHARDS
    """The number of shards into which clients put slot rows. It never falls."""
    read_shards: int = SHARDS
    """The number of shards that the drain and the sweeps read. It grows first."""
    widened: int = 0
    """When that number grew, in seconds since 1970."""
    keeps_slots: bool = False
    """Whether the drain has stopped DynamoDB from deleting expired rows, because it is far behind."""
    version: int = VERSION

    sk: ClassVar[str] = _NAME

    @property
    def position(self) -> Attributes:
        """The minute that it is in and its shards, as attributes: a cursor moves on only from where it is.

        A tick that is slower than a wider one must not take the shards back.
        """
        return {"drained": self.drained, "shards": self.shards, "read_shards": self.read_shards}

    def widen(self, shards: int, now: int) -> Self:
        """Return the cursor with at least this number of shards: at once for readers, later for clients.

        A sweep that runs has read the smaller number, and would miss rows in the new shards.
        """
        if shards > self.read_shards:
            return replace(self, read_shards=shards, widened=now)
        if now - self.widened > _WIDENING_SECONDS:
            return replace(self, shards=self.read_shards)
        return self

    def build_attributes(self) -> Attributes:
        """Return the row's attributes."""
        values: dict[str, str | int] = {
            "pk": PARTITION,
            "sk": _NAME,
            "drained": self.drained,
            "shard": self.shard,
            "queue": self.queue_url,
            "keep": self.keep_seconds,
            "attempts": self.attempts,
            "made": self.made,
            "shards": self.shards,
            "read_shards": self.read_shards,
            "widened": self.widened,
            "keeps_slots": int(self.keeps_slots),
            "version": self.version,
        }
        return values if self.after is None else {**values, "after": self.after}

    @classmethod
    def of_attributes(cls, attributes: Mapping[str, object]) -> Self:
        """Read a row.

        Raises:
            UnreadableRow: it is not a cursor, or a newer release has written it.

        """
        version = read_number(attributes, "version")
        if version > VERSION:
            raise UnreadableRow(
                f"The table has version {version}, and this release reads {VERSION}: update it."
            )
        return cls(
            drained=read_number(attributes, "drained"),
            shard=read_number(attributes, "shard"),
            after=find_text(attributes, "after"),
            queue_url=read_text(attributes, "queue"),
            keep_seconds=read_number(attributes, "keep"),
            attempts=read_number(attributes, "attempts"),
            made=read_number(attributes, "made"),
            shards=read_number(attributes, "shards"),
            read_shards=read_number(attributes, "read_shards"),
            widened=read_number(attributes, "widened"),
            keeps_slots=bool(read_number(attributes, "keeps_slots")),
            version=version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCursor:
    """How far a sweep is. `age_seconds` is how long after its end a slot is swept."""

    age_seconds: int
    swept: int
    """The first minute whose slot was not swept to the end, counted from 1970."""
    shard: int = 0
    after: str | None = None

    @property
    def sk(self) -> str:
        """The sort key."""
        return name_sweep(self.age_seconds)

    @property
    def position(self) -> Attributes:
        """As that of the drain's cursor."""
        return {"swept": self.swept}

    def build_attributes(self) -> Attributes:
        """Return the row's attributes."""
        values: dict[str, str | int] = {
            "pk": PARTITION,
            "sk": self.sk,
            "swept": self.swept,
            "shard": self.shard,
        }
        return values if self.after is None else {**values, "after": self.after}

    @classmethod
    def of_attributes(cls, attributes: Mapping[str, object]) -> Self:
        """Read a row.

        Raises:
            UnreadableRow: it is not the cursor of a sweep.

        """
        return cls(
            age_seconds=_parse_age(read_text(attributes, "sk")),
            swept=read_number(attributes, "swept"),
            shard=find_number(attributes, "shard") or 0,
            after=find_text(attributes, "after"),
        )


def name_sweep(age_seconds: int | str) -> str:
    """Return the sort key of a sweep's cursor."""
    return f"sweep#{age_seconds}"


def _parse_age(sk: str) -> int:
    age = sk.removeprefix(name_sweep(""))
    if not age.isdecimal():
        raise UnreadableRow(f"The sort key of a sweep's cursor is sweep#SECONDS, got {sk!r:.100}.")
    return int(age)
