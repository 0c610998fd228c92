"""A task as a file names it: its payload, when it is due, and its key if it has one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias

from delay.text.duration import parse_duration
from delay.text.moment import parse_moment

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


DIGEST_BYTES = 12
"""Of a million tasks, two have the same digest once in 10**17 imports."""

_KEY_PREFIX = "import-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A task: `due` is a moment, or a time after the beginning of the import."""

    payload: dict[str, Any]
    due: datetime | timedelta
    key: str | None = None

    def due_at(self, started: datetime) -> datetime:
        """Tell when the task is due if the import began at `started`.

        Raises:
            ValueError: it is beyond the year 9999.

        """
        try:
            return self.due if isinstance(self.due, datetime) else started + self.due
        except OverflowError as error:
            raise ValueError("due after the year 9999") from error

    def digest(self, nth: int = 1) -> bytes:
        """Tell the task from every other of the file: `nth` says which it is of those that are the same."""
        due = self.due.isoformat() if isinstance(self.due, datetime) else self.due.total_seconds()
        return _digest([self.key, due, self.payload, nth])

    def derived_key(self, due: datetime, nth: int) -> str:
        """Make the key of a task that the file gives none.

        It follows from payload, due time and `nth`, so that the same file comes to the same keys again, and
        lines may be added, mended, moved or left out in between.
        """
        return _KEY_PREFIX + _digest([due.isoformat(), self.payload, nth]).hex()


def read_entry(values: Mapping[str, Any]) -> Entry:
    """Read the fields of a row.

    Raises:
        ValueError: there is one too many, one is missing, or one cannot be read; the message says which.

    """
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise ValueError(
            f"unknown field {json.dumps(unknown[0])}: a task has payload, in or at, and perhaps key"
        )
    return Entry(_payload(values), _due(values), _key(values))


def _key(values: Mapping[str, Any]) -> str | None:
    if values.get("key") is None:
        return None
    if values["key"] == "":
        raise ValueError("the key is empty: leave it out where a task needs none")
    return _text(values, "key")


def _payload(values: Mapping[str, Any]) -> dict[str, Any]:
    payload = values.get("payload")
    if not isinstance(payload, dict):
        raise ValueError('no payload, which is an object such as {"order": 42}')  # noqa: TRY004 - the file's fault
    return payload


def _due(values: Mapping[str, Any]) -> datetime | timedelta:
    given = {"in", "at"} & {name for name, value in values.items() if value is not None}
    if len(given) != 1:
        found = "both in and at" if given else "neither in nor at"
        raise ValueError(f'{found}: one of them says when, as in "in": "7d" or "at": "2026-12-01T00:00:00Z"')
    if given == {"in"}:
        return parse_duration(_text(values, "in"))
    return parse_moment(_text(values, "at"))


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is {json.dumps(value)[:20]}, and must be a text")  # noqa: TRY004 - the file's fault
    return value


def _digest(parts: list[object]) -> bytes:
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=DIGEST_BYTES).digest()
