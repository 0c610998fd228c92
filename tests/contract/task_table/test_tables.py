"""Tables: slots, batches, pages and cursors in memory and in DynamoDB."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from task_table.cursor import Cursor, SweepCursor
from task_table.hashing import find_partition
from task_table.key_row import KeyRow
from task_table.ports import Page, Table
from task_table.write import Refused, Written
from tests.contract.task_table.rows import NOW, SLOT, build_row, build_slot_row

CURSOR = Cursor(drained=NOW // 60, queue_url="https://sqs/queue", keep_seconds=3_600, attempts=4, made=NOW)
SWEEP_CURSOR = SweepCursor(age_seconds=120, swept=NOW // 60)

Query = Callable[[str | None], Page[Any]]


def read_pages(query: Query) -> list[list[Any]]:
    """Return the rows of each page."""
    page = query(None)
    pages = [list(page.rows)]
    while page.after is not None:
        page = query(page.after)
        pages.append(list(page.rows))
    return pages


def find_keys(partition: int, number: int) -> list[str]:
    """Return so many keys of a partition."""
    keys = (f"{letter}-{index}" for index in range(64 * number * 2) for letter in "ab")
    return [key for key in keys if find_partition(key) == partition][:number]


def test_slot_row_is_read_as_it_was_written(table: Table) -> None:
    """Its payload is any JSON text, and its key any text."""
    row = build_slot_row(key="ключ#1#😀", payload='{"name":"Zoë \\u0000"}')
    assert table.put_slot(row) > 0
    assert table.get_slot_row(SLOT.pk, row.sk) == row
    assert table.get_slot_row(SLOT.pk, "another") is None


def test_slot_is_read_in_the_order_of_due_times(table: Table) -> None:
    """Rows of one second are in the order of their keys, by their bytes."""
    written = [
        build_slot_row(key=key, due=due) for due in (NOW + 1, NOW) for key in ("b", "a", "ä", "a#", "z")
    ]
    table.put_slots(written)
    page = table.query_slot(SLOT)
    expected = sorted(written, key=lambda row: row.sk.encode())
    assert (page.rows, page.after) == (expected, None)


def test_slot_of_another_minute_or_shard_is_not_read(table: Table) -> None:
    """Each is a partition of its own."""
    table.put_slot(build_slot_row())
    assert table.query_slot(replace(SLOT, shard=4)).rows == []
    assert table.query_slot(replace(SLOT, minute=SLOT.minute + 1)).rows == []


def test_slot_beyond_a_megabyte_is_read_in_pages(table: Table) -> None:
    """Each row is in one page, and the pages are in order."""
    written = [build_slot_row(due=NOW + index, payload=f'"{"x" * 200_000}"') for index in range(12)]
    table.put_slots(written)
    pages = read_pages(lambda after: table.query_slot(SLOT, after))
    assert len(pages) > 1
    assert [row for page in pages for row in page] == written


def test_batch_of_25_slot_rows_is_written(table: Table) -> None:
    """That is the most in a request."""
    written = [build_slot_row(due=NOW + index) for index in range(25)]
    assert table.put_slots(written) > 0
    assert table.query_slot(SLOT).rows == written


def test_insert_gives_each_row_its_result(table: Table) -> None:
    """A taken key refuses its own row, and no other; the refusal has the row as it is."""
    (taken,) = _insert(table, [build_row(key="taken")])
    others = [build_row(key=f"free-{index}") for index in range(24)]
    newer = build_row(key="taken", token="1" * 16)
    results = table.insert([*others[:5], newer, *others[5:]])
    refused = results[5]
    assert isinstance(refused, Refused)
    assert refused.row == taken
    written = [result.row for result in results if isinstance(result, Written)]
    assert written == others


def test_many_rows_are_read_by_their_keys(table: Table) -> None:
    """A key without a row is left out, and one that is given twice is read once."""
    rows = _insert(table, [build_row(key=f"order-{index}") for index in range(20)])
    keys = [*(row.key for row in rows), "none", "order-1"]
    assert table.get_many(keys) == {row.key: row for row in rows}
    assert table.get_many([]) == {}


def test_keys_of_a_partition_are_read_in_order(table: Table) -> None:
    """By their bytes, and only those with the prefix."""
    keys = find_keys(7, 12)
    _insert(table, [build_row(key=key) for key in keys])
    assert [row.key for row in table.query_keys(7).rows] == sorted(keys)
    assert [row.key for row in table.query_keys(7, "a-").rows] == sorted(
        key for key in keys if key.startswith("a-")
    )
    assert table.query_keys(8).rows == []


def test_keys_are_read_on_after_a_key(table: Table) -> None:
    """A reader may stop anywhere: the key after which to go on need not have a row any more."""
    first, second, third = sorted(find_keys(9, 3))
    _insert(table, [build_row(key=first), build_row(key=third)])
    assert [row.key for row in table.query_keys(9, "", second).rows] == [third]


@pytest.mark.parametrize(
    "cursor", [CURSOR, replace(CURSOR, shard=3, after="000000000042#order-1#a"), SWEEP_CURSOR]
)
def test_cursor_is_made_once(table: Table, cursor: Cursor | SweepCursor) -> None:
    """The second participant that makes it changes nothing."""
    assert _read_cursor(table, cursor) is None
    assert table.make_cursor(cursor)
    assert not table.make_cursor(_move(cursor))
    assert _read_cursor(table, cursor) == cursor


@pytest.mark.parametrize("cursor", [CURSOR, SWEEP_CURSOR])
def test_cursor_moves_on_from_where_it_is(table: Table, cursor: Cursor | SweepCursor) -> None:
    """A participant that is behind does not set it back."""
    table.make_cursor(cursor)
    moved, moved_on = _move(cursor), _move(_move(cursor))
    assert table.advance_cursor(cursor, moved)
    assert table.advance_cursor(moved, moved_on)
    assert not table.advance_cursor(cursor, moved)
    assert _read_cursor(table, cursor) == moved_on


def test_absent_cursor_is_not_moved(table: Table) -> None:
    """Only the first tick makes it."""
    assert not table.advance_cursor(CURSOR, _move(CURSOR))
    assert table.get_cursor() is None


def _insert(table: Table, rows: list[KeyRow]) -> list[KeyRow]:
    for start in range(0, len(rows), 25):
        results = table.insert(rows[start : start + 25])
        assert all(isinstance(result, Written) for result in results)
    return rows


def _read_cursor(table: Table, cursor: Cursor | SweepCursor) -> Cursor | SweepCursor | None:
    if isinstance(cursor, SweepCursor):
        return table.get_sweep_cursor(cursor.age_seconds)
    return table.get_cursor()


def _move(cursor: Cursor | SweepCursor) -> Cursor | SweepCursor:
    if isinstance(cursor, SweepCursor):
        return replace(cursor, swept=cursor.swept + 1)
    return replace(cursor, drained=cursor.drained + 1)
