"""The units that AWS bills for a request, by AWS's own examples."""

import pytest

from delay.planning.facts import Facts
from delay.planning.request_units import (
    BATCH_ENTRIES,
    READ_UNIT_BYTES,
    REQUEST_BYTES,
    STORED_BYTES_OF_AN_ITEM,
    WRITE_UNIT_BYTES,
    count_batch_get_units,
    count_query_units,
    count_read_units,
    count_requests,
    count_write_units,
    measure_item,
)

KB = 1024


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (512, 1), (KB, 1), (KB + 1, 2), (3 * KB, 3)])
def test_write_is_billed_by_the_whole_kilobyte(size: int, units: int) -> None:
    """AWS: a write of 512 bytes is one unit, and one of 3 KB is three."""
    assert count_write_units(size) == units


def test_larger_size_of_an_item_counts() -> None:
    """AWS: a put that replaces an item, and an update, count the larger of the item before and after."""
    assert count_write_units(1, 3 * KB) == count_write_units(3 * KB, 1) == 3


@pytest.mark.parametrize(("existing", "units"), [(0, 1), (KB, 1), (2 * KB, 2)])
def test_refused_conditional_write_is_billed_by_the_existing_item(existing: int, units: int) -> None:
    """AWS: one unit if there is none or if it has 1 KB, and two if it has twice that size."""
    assert count_write_units(0, existing) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (3_500, 1), (4 * KB, 1), (8 * KB, 2), (10 * KB, 3)])
def test_strong_read_is_billed_by_four_kilobytes(size: int, units: int) -> None:
    """AWS: 3,500 bytes are read as 4 KB, 8 KB are two units, 10 KB are 12. A missing item is billed too."""
    assert count_read_units(size, is_strong=True) == units


def test_eventually_consistent_read_is_half() -> None:
    """AWS: half a unit for 4 KB, and one for 8 KB."""
    assert [count_read_units(size, is_strong=False) for size in (4 * KB, 8 * KB)] == [0.5, 1]


def test_query_adds_the_sizes_before_rounding() -> None:
    """AWS: a page of 40.8 KB is 44 KB, 11 units. An empty page is one unit."""
    assert count_query_units(40.8 * KB, is_strong=True) == 11
    assert [count_query_units(0, is_strong=strong) for strong in (True, False)] == [1, 0.5]


def test_batch_get_rounds_each_item() -> None:
    """AWS: items of 1.5 KB and 6.5 KB are 12 KB, not 8 KB."""
    assert count_batch_get_units([1.5 * KB, 6.5 * KB], is_strong=True) == 3


@pytest.mark.parametrize(
    ("messages", "requests"),
    [((), 1), ((1,), 1), ((64 * KB,), 1), ((64 * KB + 1,), 2), ((256 * KB,), 4), ((6 * KB,) * 10, 1)],
)
def test_call_to_sqs_is_billed_by_chunks_of_64_kilobytes(messages: tuple[int, ...], requests: int) -> None:
    """AWS: a call with 256 KB is four requests. A full batch of small messages is one."""
    assert count_requests(messages) == requests


def test_item_has_the_size_of_its_names_and_values() -> None:
    """Two digits of a number are a byte, zeros around them none; lists and maps add to their elements."""
    assert measure_item({"pk": {"S": "é"}}) == 2 + 2
    assert measure_item({"n": {"N": "-120.50"}}) == 1 + 2 + 1
    assert measure_item({"n": {"N": "1795512601"}}) == 1 + 5 + 1
    assert measure_item({"b": {"B": b"abc"}, "t": {"BOOL": True}, "z": {"NULL": True}}) == 4 + 2 + 2
    assert measure_item({"l": {"L": [{"S": "ab"}]}}) == 1 + 3 + 1 + 2
    assert measure_item({"m": {"M": {"a": {"S": "b"}}}}) == 1 + 3 + 1 + 2
    assert measure_item({"s": {"SS": ["a", "bc"]}, "n": {"NS": ["1"]}, "b": {"BS": [b"a"]}}) == 4 + 3 + 2


def test_rules_are_those_of_the_facts() -> None:
    """The facts have the sources. These functions read no file."""
    assert {rule.key: rule.value for rule in Facts.load("us-east-1").billing_rules()} == {
        "write-unit": WRITE_UNIT_BYTES,
        "read-unit": READ_UNIT_BYTES,
        "stored-item": STORED_BYTES_OF_AN_ITEM,
        "request-chunk": REQUEST_BYTES,
        "batch-entries": BATCH_ENTRIES,
    }
