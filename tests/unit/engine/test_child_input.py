"""The input of a child of a Map Run, by the limits of a batch."""

import json

import pytest

from stepfunctions_local.engine.execution.child_input import build_child_input
from stepfunctions_local.language.map_run import Batching

ITEMS = ['"aa"', '"bb"', '"cc"', '"dd"']


def build(batching: Batching | None, first: int = 0) -> tuple[object, int]:
    text, last = build_child_input(batching, first, len(ITEMS), ITEMS.__getitem__)
    return json.loads(text), last


def test_child_without_batches_gets_its_item() -> None:
    """The item itself is the input."""
    assert build(None, 2) == ("cc", 2)


@pytest.mark.parametrize(
    ("first", "items", "last"), [(0, ["aa", "bb", "cc"], 2), (3, ["dd"], 3)], ids=["full", "rest"]
)
def test_batch_has_its_number_of_items(first: int, items: list[str], last: int) -> None:
    """The last batch has the remaining ones."""
    assert build(Batching(most_items=3), first) == ({"Items": items}, last)


@pytest.mark.parametrize(("most_bytes", "items"), [(21, 2), (20, 1)])
def test_batch_stays_within_its_bytes(most_bytes: int, items: int) -> None:
    """The whole input counts: `{"Items":["aa","bb"]}` has 21 bytes."""
    found, last = build(Batching(most_bytes=most_bytes))
    assert (found, last) == ({"Items": ["aa", "bb"][:items]}, items - 1)


def test_item_beyond_the_bytes_has_a_batch_of_its_own() -> None:
    """The caller refuses it if no input may be as large."""
    assert build(Batching(most_bytes=1), 1) == ({"Items": ["bb"]}, 1)


def test_batch_input_is_part_of_each_batch() -> None:
    """It may be null."""
    assert build(Batching(most_items=1, has_input=True), 3) == ({"BatchInput": None, "Items": ["dd"]}, 3)
