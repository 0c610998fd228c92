"""Key rows: their attributes and their size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from task_table.attributes import measure
from task_table.errors import UnreadableRow
from task_table.key_row import UNIT_BYTES, KeyRow, RowStatus, find_room
from task_table.memory import MemoryTable
from task_table.text import cut
from task_table.transitions import cancel, claim, create, exhaust, fail, release, succeed
from task_table.write import Change
from tests.unit.task_table.rows import NOW, SETTINGS, TOKEN, build_key_row

TEXTS = ("error", "cause", "result")


@given(
    key=st.text(st.characters(codec="utf-8"), min_size=1),
    status=st.sampled_from(RowStatus),
    lease=st.none() | st.integers(0),
    result=st.none() | st.just("{}"),
)
def test_key_row_is_read_as_it_was_written(
    key: str, status: RowStatus, lease: int | None, result: str
) -> None:
    """Each key row comes back from its attributes."""
    row = build_key_row(key=key, status=status, lease=lease, result=result)
    assert KeyRow.of_attributes(row.build_attributes()) == row


def test_status_of_a_newer_release_is_refused_with_advice() -> None:
    """A row with a status that this release does not know says that it is to be updated."""
    with pytest.raises(UnreadableRow, match="newer release"):
        KeyRow.of_attributes({**build_key_row().build_attributes(), "status": "PAUSED"})


@given(
    key_bytes=st.integers(1, 400), moves=st.integers(0, 10_000), text=st.text(st.characters(codec="utf-8"))
)
def test_row_of_a_reasonable_key_stays_one_unit_after_every_end(
    key_bytes: int, moves: int, text: str
) -> None:
    """Error, cause and result are cut so that each change of the row costs one write unit."""
    row = build_key_row(key="k" * key_bytes, due=2_123_456_789, moves=moves)
    claimed = _apply(row, claim(row.key, TOKEN, "f" * 16, 2_123_456_789, SETTINGS))
    room = find_room(claimed, TEXTS)
    error, cause = cut(text * 50, room // 2), cut(text * 100, room - room // 2)
    ends = (
        succeed(claimed, 2_123_456_789, 3600, cut(text * 100, room)),
        fail(claimed, 2_123_456_789, 3600, error, cause),
        release(claimed, error, cause),
    )
    for row_after in (_apply(row, cancel(row, 2_123_456_789, 3600)), *(_apply(claimed, end) for end in ends)):
        assert measure(row_after.build_attributes()) <= UNIT_BYTES


def test_size_is_that_of_names_and_values() -> None:
    """A text counts its UTF-8, a number a byte for two digits and one more, and each name its length."""
    assert measure({"é": "🦀"}) == 2 + 4
    assert [measure({"n": number}) for number in (0, 7, 12, 123, 1200, -12)] == [2, 3, 3, 4, 3, 4]


def _apply(row: KeyRow, change: Change) -> KeyRow:
    table = MemoryTable(lambda: NOW)
    table.items = {row.pk: {row.key: row.build_attributes()}}
    return table.write(change).row


def test_creation_is_a_whole_row() -> None:
    """A creation writes each attribute of its row."""
    table = MemoryTable(lambda: NOW)
    row = build_key_row()
    assert table.write(create(row, NOW)).row == row == table.get(row.key)


def test_exhausted_row_keeps_its_attempts() -> None:
    """The attempts of a task that failed without an answer are shown."""
    row = build_key_row(status=RowStatus.RUNNING, attempts=3, claim="c", lease=NOW - 1)
    assert _apply(row, exhaust(row, NOW, 3600, "WorkerLost", "no answer")).attempts == 3
