"""A task as a line describes it: its due time, its digest and its key."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from delay.files.entry import Entry, read_entry

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_entry_has_payload_time_and_key() -> None:
    """The time is a duration or a moment."""
    entry = read_entry({"key": "a", "in": "7d", "payload": {"a": 1}})
    assert entry == Entry({"a": 1}, timedelta(days=7), "a")
    assert read_entry({"at": "2026-12-01T12:00:00Z", "payload": {}}) == Entry({}, NOON, None)


def test_null_field_counts_as_absent() -> None:
    """A program that writes all fields of all lines writes null for the missing ones."""
    assert read_entry({"key": None, "in": None, "at": "2026-12-01T12:00:00Z", "payload": {}}) == Entry(
        {}, NOON
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"in": "7d"}, "no payload: it must be an object"),
        ({"in": "7d", "payload": 11}, "no payload: it must be an object"),
        ({"payload": {}}, "neither in nor at: give exactly one"),
        ({"payload": {}, "in": "7d", "at": "2026-12-01T12:00:00Z"}, "both in and at: give exactly one"),
        ({"payload": {}, "in": 7}, "in is 7, and must be a string"),
        ({"payload": {}, "in": "7"}, "'7' is not a duration: write 90s, 30m, 2h or 7d"),
        ({"payload": {}, "at": "tomorrow"}, "'tomorrow' is not a time with a zone"),
        ({"payload": {}, "in": "7d", "key": 42}, "key is 42, and must be a string"),
        ({"payload": {}, "in": "7d", "key": ""}, "the key is empty: leave it out"),
        (
            {"payload": {}, "in": "7d", "keey": "a"},
            'unknown field "keey": a task has payload, in or at, and optionally key',
        ),
        ({"expirydate": 11, "a": 1}, 'unknown field "expirydate"'),
    ],
)
def test_invalid_line_is_refused_with_the_reason(values: dict[str, object], message: str) -> None:
    """An unknown field is refused too: it may be misspelt, and would be lost."""
    with pytest.raises(ValueError, match=re.escape(message)):
        read_entry(values)


def test_duration_counts_from_the_start_of_the_import() -> None:
    """A moment does not depend on the start."""
    assert Entry({}, timedelta(days=1)).due_at(NOON) == NOON + timedelta(days=1)
    assert Entry({}, NOON).due_at(NOON + timedelta(days=9)) == NOON


def test_due_time_after_the_year_9999_is_refused() -> None:
    """A billion days lead there."""
    with pytest.raises(ValueError, match="due after the year 9999"):
        Entry({}, timedelta(days=999_999_999)).due_at(NOON)


@pytest.mark.parametrize(
    "other",
    [
        Entry({"a": 2}, timedelta(days=7), "k"),
        Entry({"a": True}, timedelta(days=7), "k"),
        Entry({"a": 1}, timedelta(days=8), "k"),
        Entry({"a": 1}, NOON, "k"),
        Entry({"a": 1}, timedelta(days=7), "l"),
        Entry({"a": 1}, timedelta(days=7)),
    ],
)
def test_different_tasks_have_different_digests(other: Entry) -> None:
    """Payload, time and key count. The order of members does not."""
    entry = Entry({"a": 1, "b": 2}, timedelta(days=7), "k")
    assert entry.digest() == Entry({"b": 2, "a": 1}, timedelta(days=7), "k").digest()
    assert entry.digest() != Entry({**other.payload, "b": 2}, other.due, other.key).digest()


def test_missing_key_is_derived_from_the_task() -> None:
    """It follows from payload and due time, and equal tasks get different keys."""
    entry = Entry({"a": 1}, timedelta(days=7))
    key = entry.derive_key(NOON, 1)
    assert re.fullmatch("import-[0-9a-f]{24}", key)
    assert key == Entry({"a": 1}, NOON).derive_key(NOON, 1)
    assert len({key, entry.derive_key(NOON, 2), entry.derive_key(NOON + timedelta(1), 1)}) == 3
