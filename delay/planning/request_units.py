"""The units that DynamoDB and SQS bill for a request: write units, read units and requests.

The plan applies these rules to an average workload, and a meter around clients applies them to real calls.
facts.toml has the same sizes with their sources, and the prices.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

WRITE_UNIT_BYTES: Final = 1_024
READ_UNIT_BYTES: Final = 4_096
"""The bytes of an item that one unit writes or reads. Source: "DynamoDB read and write operations"."""

STORED_BYTES_OF_AN_ITEM: Final = 100
"""The billed bytes of an item in storage beyond its own. Source: "DynamoDB item sizes and formats"."""

REQUEST_BYTES: Final = 65_536
"""The bytes of messages that are billed as one request. Source: "Amazon SQS pricing"."""

BATCH_ENTRIES: Final = 10
"""The most messages that one request sends, receives or deletes. Source: "Amazon SQS message quotas"."""

_COLLECTION_BYTES: Final = 3
_ELEMENT_BYTES: Final = 1


def count_write_units(new_bytes: float, old_bytes: float = 0) -> int:
    """Return the units of a put, an update or a delete, from the item's size after and before it.

    The larger size counts, and an update counts the whole item. A put whose condition is refused is billed
    as well, by the size of the item that was there: pass 0 as the new size. A deletion by TTL is free.
    """
    return max(1, math.ceil(max(new_bytes, old_bytes) / WRITE_UNIT_BYTES))


def count_read_units(item_bytes: float, *, is_strong: bool) -> float:
    """Return the units of a GetItem, or of one item of a BatchGetItem. A missing item has 0 bytes."""
    return max(1, math.ceil(item_bytes / READ_UNIT_BYTES)) * (1 if is_strong else 0.5)


def count_query_units(page_bytes: float, *, is_strong: bool) -> float:
    """Return the units of one page of a Query: the sizes of its items are added, then rounded up.

    Items that a filter removes count as well, and an empty page costs as much as the smallest one.
    """
    return count_read_units(page_bytes, is_strong=is_strong)


def count_batch_get_units(item_bytes: Iterable[float], *, is_strong: bool) -> float:
    """Return the units of a BatchGetItem: each item is rounded up by itself."""
    return sum(count_read_units(size, is_strong=is_strong) for size in item_bytes)


def count_requests(message_bytes: Iterable[float] = ()) -> int:
    """Return the SQS requests that one call is billed as, from the messages that it carries.

    Their sizes are added. A call without messages, such as an empty receive or a deletion, is one request.
    """
    return max(1, math.ceil(sum(message_bytes) / REQUEST_BYTES))


def measure_item(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the bytes of an item in DynamoDB's JSON, as its client takes it: `{"pk": {"S": "a"}}`.

    Numbers are approximate, as in AWS's own words. Source: "DynamoDB item sizes and formats".
    """
    return sum(len(name.encode()) + _measure_value(value) for name, value in item.items())


def _measure_value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    return _MEASURES[kind](content)


def _measure_number(text: str) -> int:
    """Return a byte for every two significant digits, and one more."""
    mantissa = text.lower().partition("e")[0]
    digits = "".join(filter(str.isdigit, mantissa)).strip("0")
    return math.ceil(len(digits) / 2) + 1


def _measure_string(text: str) -> int:
    return len(text.encode())


def _measure_list(elements: Sequence[Mapping[str, Any]]) -> int:
    return _COLLECTION_BYTES + sum(_ELEMENT_BYTES + _measure_value(element) for element in elements)


def _measure_map(elements: Mapping[str, Mapping[str, Any]]) -> int:
    return _COLLECTION_BYTES + _ELEMENT_BYTES * len(elements) + measure_item(elements)


_MEASURES: Final[Mapping[str, Callable[[Any], int]]] = {
    "S": _measure_string,
    "N": _measure_number,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": _measure_list,
    "M": _measure_map,
    "SS": lambda texts: sum(map(_measure_string, texts)),
    "NS": lambda numbers: sum(map(_measure_number, numbers)),
    "BS": lambda contents: sum(map(len, contents)),
}
