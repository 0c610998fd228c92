"""What one line of a file, or several in CSV, says of a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

FIELDS = ("key", "payload", "in", "at")
"""What a line may say: `payload`, one of `in` and `at`, and `key` where the task shall be found again."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of the row that begins at a line."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read, and why."""

    number: int
    reason: str


Row: TypeAlias = Fields | Broken
