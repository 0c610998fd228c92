"""The tasks of a file: each has a key, and those that are the same are told apart."""

from datetime import UTC, datetime, timedelta

from delay.files.item import Faulty, Item, ReadItem, Repeated, read_items
from tests.unit.delay.files.reading import read_ndjson

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)

KEYED = '{"key": "a", "in": "7d", "payload": {"a": 1}}\n'
KEYLESS = '{"in": "7d", "payload": {"a": 1}}\n'


def read(content: str, started: datetime = NOON) -> list[ReadItem]:
    """Read the tasks of NDJSON."""
    return list(read_items(read_ndjson(content), started))


def items(content: str) -> list[Item]:
    """Read the tasks of NDJSON that is as it should be."""
    found = read(content)
    assert all(isinstance(outcome, Item) for outcome in found)
    return [outcome for outcome in found if isinstance(outcome, Item)]


def test_a_task_keeps_the_key_that_it_has() -> None:
    """It is due as long after the start of the import as it says."""
    (item,) = items(KEYED)
    assert (item.line, item.key, item.due) == (1, "a", NOON + timedelta(days=7))


def test_tasks_that_are_the_same_and_have_no_key_are_several() -> None:
    """Each with a key and a digest of its own."""
    found = items(KEYLESS * 3)
    assert len({item.key for item in found}) == 3
    assert len({item.digest for item in found}) == 3


def test_keys_that_follow_from_the_tasks_outlive_a_change_of_the_file() -> None:
    """Lines may be mended, moved or left out in between: the others keep their keys and digests."""
    before = {(item.key, item.digest) for item in items(KEYLESS + KEYED + KEYLESS)}
    other = '{"in": "8d", "payload": {}}\n'
    after = {(item.key, item.digest) for item in items(other + KEYLESS + KEYLESS)}
    assert len(before & after) == 2


def test_digests_do_not_depend_on_when_an_import_began() -> None:
    """So that a report tells what is done, whenever it is looked at."""
    later = NOON + timedelta(days=3)
    digests = [
        [item.digest for item in read(KEYLESS + KEYED, start) if isinstance(item, Item)]
        for start in (NOON, later)
    ]
    assert digests[0] == digests[1]


def test_a_line_that_repeats_another_is_the_same_task() -> None:
    """However it is written."""
    found = read(KEYED + '{"payload":{"a":1},"key":"a","in":"168h"}\n')
    assert found[1] == Repeated(2, 1)


def test_a_key_that_stands_for_two_tasks_is_refused_for_the_second() -> None:
    """With the line in which it stands first."""
    found = read(KEYED + KEYED.replace("7d", "8d"))
    assert isinstance(found[0], Item)
    assert found[1] == Faulty(2, "line 1 has the same key, with another task", "a")


def test_a_line_that_is_no_task_is_faulty() -> None:
    """With its number, the reason, and the key as far as it has one."""
    assert read("{\n" + '{"key": "a", "payload": {}}\n' + KEYED)[:2] == [
        Faulty(1, "not JSON: Expecting property name enclosed in double quotes at column 2"),
        Faulty(
            2,
            'neither in nor at: give exactly one, such as "in": "7d" or "at": "2026-12-01T00:00:00Z"',
            "a",
        ),
    ]
