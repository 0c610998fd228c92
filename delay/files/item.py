"""The tasks of a file, each with a key and a digest that is unique in the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from delay.files.entry import Broken, Entry, Fields, Row, read_entry
from delay.files.seen import Seen

_NO_KEY = '"'
"""The prefix of names in `Seen` for tasks without a key. No key may contain it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A task, its first line, and its digest."""

    line: int
    key: str
    due: datetime
    digest: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class Faulty:
    """A line that cannot be scheduled, and the reason; `key` if it could be parsed."""

    line: int
    reason: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A line that repeats an earlier one, key included: it is the same task."""

    line: int


ReadItem: TypeAlias = Item | Faulty | Repeated


def read_items(rows: Iterable[Row], started: datetime) -> Iterator[ReadItem]:
    """Yield the tasks of an import that began at `started`."""
    seen = Seen()
    for row in rows:
        yield Faulty(row.number, row.reason) if isinstance(row, Broken) else _read_item(row, started, seen)


def _read_item(row: Fields, started: datetime, seen: Seen) -> ReadItem:
    try:
        entry = read_entry(row.values)
        due = entry.due_at(started)
    except ValueError as error:
        key = row.values.get("key")
        return Faulty(row.number, str(error), key if isinstance(key, str) else None)
    identify = _identify_keyless if entry.key is None else _identify_keyed
    return identify(row.number, entry, due, seen)


def _identify_keyed(line: int, entry: Entry, due: datetime, seen: Seen) -> ReadItem:
    key, digest = str(entry.key), entry.digest()
    use = seen.add(key, line, digest)
    if use.count == 1:
        return Item(line, key, due, digest, entry)
    if use.first_digest == digest:
        return Repeated(line)
    return Faulty(line, f"line {use.first_line} has the same key, with another task", key)


def _identify_keyless(line: int, entry: Entry, due: datetime, seen: Seen) -> Item:
    """Build an item with its own key and digest, even if an earlier task is the same."""
    same = entry.digest()
    nth = seen.add(_NO_KEY + same.hex(), line, same).count
    return Item(line, entry.derive_key(due, nth), due, entry.digest(nth), entry)
