"""The tasks of a file, each with a key and told apart from all others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from delay.files.entry import Broken, Entry, Fields, Row, read_entry
from delay.files.seen import Seen

_NO_KEY = '"'
"""Begins what stands for a key in `Seen` where the file gives none: no key may have it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A task, the line it begins in, and the digest that tells it from all others of the file."""

    line: int
    key: str
    due: datetime
    digest: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class Faulty:
    """A line that is no task, and why; `key` as far as it could be read."""

    line: int
    reason: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A line that says what an earlier one has said, key included: it is the same task."""

    line: int
    earlier_line: int


ReadItem: TypeAlias = Item | Faulty | Repeated


def read_items(rows: Iterable[Row], started: datetime) -> Iterator[ReadItem]:
    """Read the tasks of an import that began at `started`."""
    seen = Seen()
    for row in rows:
        yield Faulty(row.number, row.reason) if isinstance(row, Broken) else _outcome(row, started, seen)


def _outcome(row: Fields, started: datetime, seen: Seen) -> ReadItem:
    try:
        entry = read_entry(row.values)
        due = entry.due_at(started)
    except ValueError as error:
        key = row.values.get("key")
        return Faulty(row.number, str(error), key if isinstance(key, str) else None)
    tell = _keyless if entry.key is None else _keyed
    return tell(row.number, entry, due, seen)


def _keyed(line: int, entry: Entry, due: datetime, seen: Seen) -> ReadItem:
    key, digest = str(entry.key), entry.digest()
    first = seen.meet(key, line, digest)
    if first.count == 1:
        return Item(line, key, due, digest, entry)
    if first.digest == digest:
        return Repeated(line, first.line)
    return Faulty(line, f"the key stands in line {first.line} already, with another task", key)


def _keyless(line: int, entry: Entry, due: datetime, seen: Seen) -> Item:
    """Give each of several tasks that are the same a key and a digest of its own."""
    same = entry.digest()
    nth = seen.meet(_NO_KEY + same.hex(), line, same).count
    return Item(line, entry.derived_key(due, nth), due, entry.digest(nth), entry)
