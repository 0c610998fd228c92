"""The attributes of a row: texts and whole numbers by their names, and their size on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from task_table.errors import UnreadableRow

Row = TypeVar("Row")

Attributes: TypeAlias = Mapping[str, str | int]
"""The attributes of a row by their names. None of them is empty."""


def read_text(attributes: Mapping[str, Any], name: str) -> str:
    """Return a text.

    Raises:
        UnreadableRow: there is none.

    """
    value = attributes.get(name)
    if not isinstance(value, str):
        raise UnreadableRow(f"The attribute {name!r} of a row must be a string, got {value!r}.")
    return value


def read_number(attributes: Mapping[str, Any], name: str) -> int:
    """Return a whole number.

    Raises:
        UnreadableRow: there is none.

    """
    value = attributes.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableRow(f"The attribute {name!r} of a row must be a whole number, got {value!r}.")
    return value


def find_text(attributes: Mapping[str, Any], name: str) -> str | None:
    """Return a text, or None if the row does not have it."""
    return None if attributes.get(name) is None else read_text(attributes, name)


def find_number(attributes: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, or None if the row does not have it."""
    return None if attributes.get(name) is None else read_number(attributes, name)


def read_rows(
    read: Callable[[Mapping[str, Any]], Row], items: Iterable[Mapping[str, Any]]
) -> tuple[list[Row], int]:
    """Return the readable rows, and the number of the others, so that none of those stops a drain."""
    rows: list[Row] = []
    unreadable = 0
    for item in items:
        try:
            rows.append(read(item))
        except UnreadableRow:
            unreadable += 1
    return rows, unreadable


def measure(attributes: Mapping[str, str | int]) -> int:
    """Return the bytes that DynamoDB counts for an item.

    Source: "Item sizes and formats" in the DynamoDB Developer Guide. It says "approximately" of numbers: a
    byte for two significant digits, and one more.
    """
    return sum(len(name.encode()) + _measure_value(value) for name, value in attributes.items())


def _measure_value(value: str | int) -> int:
    if isinstance(value, str):
        return len(value.encode())
    digits = len(str(abs(value)).rstrip("0"))
    return (digits + 1) // 2 + 1 + (value < 0)
