"""Slot rows, their sort keys and their slots."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from task_table.errors import UnreadableRow
from task_table.slot import Slot
from task_table.slot_row import (
    LATEST_DUE,
    MAX_KEY_BYTES,
    SlotRow,
    build_sort_key,
    compute_expiry,
    parse_sort_key,
)
from tests.unit.task_table.rows import NOW, TOKEN, build_slot_row

KEYS = st.text(st.characters(codec="utf-8"), min_size=1)
TOKENS = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(due=st.integers(0, LATEST_DUE), key=KEYS, token=TOKENS)
def test_sort_key_is_read_as_it_was_built(due: int, key: str, token: str) -> None:
    """Each due time, key and token comes back from the sort key."""
    assert parse_sort_key(build_sort_key(due, key, token)) == (due, key, token)


@pytest.mark.parametrize("key", ["#", "a#b", "#" * 40, "🦀#🦀", "k" * MAX_KEY_BYTES, "🦀" * 240])
def test_sort_key_of_any_key_fits_and_is_read(key: str) -> None:
    """A key may contain `#` and emoji, and 960 bytes of it fit into the 1,024 of a sort key."""
    sk = build_sort_key(LATEST_DUE, key, TOKEN)
    assert parse_sort_key(sk) == (LATEST_DUE, key, TOKEN)
    assert len(sk.encode()) <= 1024


@pytest.mark.parametrize(
    "sk",
    [
        "",
        "#",
        f"1#k#{TOKEN}",
        f"001800000000##{TOKEN}",
        "001800000000#k#s",
        f"\u066001800000000#k#{TOKEN}",
    ],
)
def test_other_sort_key_is_refused(sk: str) -> None:
    """A sort key that no participant has written raises UnreadableRow."""
    with pytest.raises(UnreadableRow):
        parse_sort_key(sk)


@given(st.lists(st.integers(0, LATEST_DUE), min_size=2, max_size=2))
def test_sort_keys_are_in_the_order_of_the_due_times(dues: list[int]) -> None:
    """An earlier task comes first in its slot."""
    sort_keys = [build_sort_key(due, "k", TOKEN) for due in sorted(dues)]
    assert sort_keys == sorted(sort_keys)


@given(due=st.integers(0, LATEST_DUE), key=KEYS, delay=st.integers(0, LATEST_DUE), shard=st.integers(0, 99))
def test_slot_row_is_read_as_it_was_written(due: int, key: str, delay: int, shard: int) -> None:
    """Each slot row comes back from its attributes."""
    row = build_slot_row(due=due, key=key, delay=delay, slot=Slot(due // 60, shard))
    assert SlotRow.of_attributes(row.build_attributes()) == row


@pytest.mark.parametrize("change", [{"payload": None}, {"delay": "60"}, {"expires": True}, {"pk": "slot#1"}])
def test_damaged_slot_row_is_refused(change: dict[str, Any]) -> None:
    """A row without an attribute, or with one of the wrong type, raises UnreadableRow."""
    with pytest.raises(UnreadableRow):
        SlotRow.of_attributes({**build_slot_row().build_attributes(), **change})


@pytest.mark.parametrize(
    "pk", ["slot#1", "slot##1", "key#1", "slot#01#1", "slot#1#x", "slot#٣#1", "slot#-1#1"]
)
def test_other_partition_key_is_refused(pk: str) -> None:
    """A partition key that is not exactly that of a slot raises UnreadableRow."""
    with pytest.raises(UnreadableRow):
        Slot.of_partition(pk)


@pytest.mark.parametrize(
    ("due", "minute"), [(NOW - 3600, 30_000_000), (NOW, 30_000_000), (NOW + 90, 30_000_001)]
)
def test_slot_of_a_task_is_never_past(due: int, minute: int) -> None:
    """A task that is past due goes into the current slot, because the drain has passed its own."""
    assert Slot.of_task("k", due, NOW, 1) == Slot(minute, 0)


def test_slot_row_outlives_the_key_by_30_days() -> None:
    """A slot row expires 30 days after `keep` has passed since its slot."""
    assert compute_expiry(Slot(30_000_000, 0), 3600) == NOW + 3600 + 30 * 86_400
