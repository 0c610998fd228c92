"""A task as a file describes it: its payload, its due time, and optionally its key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias

from delay.text.duration import parse_duration
from delay.text.moment import parse_moment

FIELDS = ("key", "payload", "in", "at")
"""The fields of a task: `payload`, either `in` or `at`, and optionally `key`."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a row; `number` is the line in which the row begins."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be parsed, and the reason."""

    number: int
    reason: str


Row: TypeAlias = Fields | Broken


DIGEST_BYTES = 12
"""Among a million tasks, two have the same digest once in 10**17 imports."""

_KEY_PREFIX = "import-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A task. `due` is a time, or a delay from the beginning of the import."""

    payload: dict[str, Any]
    due: datetime | timedelta
    key: str | None = None

    def due_at(self, started: datetime) -> datetime:
        """Return the due time of the task if the import began at `started`.

        Raises:
            ValueError: it is after the year 9999.

        """
        try:
            return self.due if isinstance(self.due, datetime) else started + self.due
        except OverflowError as error:
            raise ValueError("due after the year 9999") from error

    def digest(self, nth: int = 1) -> bytes:
        """Return bytes that identify the task within the file; `nth` counts tasks that are the same."""
        due = self.due.isoformat() if isinstance(self.due, datetime) else self.due.total_seconds()
        return _hash([self.key, due, self.payload, nth])

    def derive_key(self, due: datetime, nth: int) -> str:
        """Return a key for a task that has none in the file.

        It depends only on payload, due time and `nth`. So the same file yields the same keys again, even if
        other lines were added, corrected, moved or removed.
        """
        return _KEY_PREFIX + _hash([due.isoformat(), self.payload, nth]).hex()


def read_entry(values: Mapping[str, Any]) -> Entry:
    """Parse the fields of a row.

    Raises:
        ValueError: a field is unknown, missing or invalid; the message names it.

    """
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise ValueError(
            f"unknown field {json.dumps(unknown[0])}: a task has payload, in or at, and optionally key"
        )
    return Entry(_parse_payload(values), _parse_due(values), _parse_key(values))


def _parse_key(values: Mapping[str, Any]) -> str | None:
    if values.get("key") is None:
        return None
    if values["key"] == "":
        raise ValueError("the key is empty: leave it out if the task needs none")
    return _require_text(values, "key")


def _parse_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    payload = values.get("payload")
    if not isinstance(payload, dict):
        raise ValueError('no payload: it must be an object such as {"order": 42}')  # noqa: TRY004 - the file's fault
    return payload


def _parse_due(values: Mapping[str, Any]) -> datetime | timedelta:
    given = {"in", "at"} & {name for name, value in values.items() if value is not None}
    if len(given) != 1:
        found = "both in and at" if given else "neither in nor at"
        raise ValueError(f'{found}: give exactly one, such as "in": "7d" or "at": "2027-06-01T00:00:00Z"')
    if given == {"in"}:
        return parse_duration(_require_text(values, "in"))
    return parse_moment(_require_text(values, "at"))


def _require_text(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is {json.dumps(value)[:20]}, and must be a string")  # noqa: TRY004 - the file's fault
    return value


def _hash(parts: list[object]) -> bytes:
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=DIGEST_BYTES).digest()
