"""The tasks of a file: each has a key, and equal tasks are distinguished."""

from datetime import UTC, datetime, timedelta

from delay.files.item import Faulty, Item, ReadItem, Repeated, read_items
from tests.unit.delay.files.reading import read_ndjson

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)

KEYED = '{"key": "a", "in": "7d", "payload": {"a": 1}}\n'
KEYLESS = '{"in": "7d", "payload": {"a": 1}}\n'


def read(content: str, started: datetime = NOON) -> list[ReadItem]:
    """Return the tasks of NDJSON."""
    return list(read_items(read_ndjson(content), started))


def items(content: str) -> list[Item]:
    """Return the tasks of valid NDJSON."""
    found = read(content)
    assert all(isinstance(outcome, Item) for outcome in found)
    return [outcome for outcome in found if isinstance(outcome, Item)]


def test_task_keeps_its_key() -> None:
    """Its delay counts from the start of the import."""
    (item,) = items(KEYED)
    assert (item.line, item.key, item.due) == (1, "a", NOON + timedelta(days=7))


def test_key_with_half_a_surrogate_leaves_the_other_lines() -> None:
    """No store takes it, which is found out when the line is scheduled."""
    found = items('{"key": "\\ud800", "in": "7d", "payload": {}}\n' + KEYED)
    assert [item.key for item in found] == ["\ud800", "a"]


def test_equal_tasks_without_keys_are_separate_tasks() -> None:
    """Each has its own key and digest."""
    found = items(KEYLESS * 3)
    assert len({item.key for item in found}) == 3
    assert len({item.digest for item in found}) == 3


def test_derived_keys_survive_a_change_of_the_file() -> None:
    """Lines may be corrected, moved or removed. The other lines keep their keys and digests."""
    before = {(item.key, item.digest) for item in items(KEYLESS + KEYED + KEYLESS)}
    other = '{"in": "8d", "payload": {}}\n'
    after = {(item.key, item.digest) for item in items(other + KEYLESS + KEYLESS)}
    assert len(before & after) == 2


def test_digests_do_not_depend_on_the_start_of_the_import() -> None:
    """A report identifies finished tasks at any time."""
    later = NOON + timedelta(days=3)
    digests = [
        [item.digest for item in read(KEYLESS + KEYED, start) if isinstance(item, Item)]
        for start in (NOON, later)
    ]
    assert digests[0] == digests[1]


def test_repeated_line_is_the_same_task() -> None:
    """It may be written differently."""
    found = read(KEYED + '{"payload":{"a":1},"key":"a","in":"168h"}\n')
    assert found[1] == Repeated(2)


def test_second_task_with_the_same_key_is_refused() -> None:
    """The error names the line of the first."""
    found = read(KEYED + KEYED.replace("7d", "8d"))
    assert isinstance(found[0], Item)
    assert found[1] == Faulty(2, "line 1 has the same key, with another task", "a")


def test_invalid_line_is_faulty() -> None:
    """The fault has the line's number, the reason, and the key if there is one."""
    assert read("{\n" + '{"key": "a", "payload": {}}\n' + KEYED)[:2] == [
        Faulty(1, "not JSON: Expecting property name enclosed in double quotes at column 2"),
        Faulty(
            2,
            'neither in nor at: give exactly one, such as "in": "7d" or "at": "2027-06-01T00:00:00Z"',
            "a",
        ),
    ]
