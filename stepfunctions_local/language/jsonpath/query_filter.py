"""Conditions of filters: comparisons as AWS's JSONPath makes them.

Values that a filter writes out are texts, with or without quotes. They are compared with a number as numbers
and with a boolean as booleans.

Source: version 2.0.0 of com.jayway.jsonpath:json-path, run over generated filters.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.jsonpath.query import Condition, Inapplicable, NotFound, Search, Steps

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")

T = TypeVar("T", bytes, bool, Decimal)


class Incomparable(Exception):
    """The values have types that are not compared with each other."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text that is written out."""

    text: str

    def evaluate(self, item: Json, search: Search) -> Json:
        """Return the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class FilterPath:
    """A path from the current object (`@`) or from the root (`$`)."""

    steps: Steps
    is_relative: bool

    def evaluate(self, item: Json, search: Search) -> Json:
        """Return the value that the path leads to. Raises NotFound, Inapplicable."""
        return search.look_up(self.steps, item if self.is_relative else search.root)


Operand: TypeAlias = Literal | FilterPath


@dataclass(frozen=True, slots=True)
class Exists:
    """The path leads to a value that is not null; or, with `expected` false, it does not."""

    path: FilterPath
    expected: bool

    def holds(self, item: Json, search: Search) -> bool:
        """Whether the value is there as expected."""
        try:
            return (self.path.evaluate(item, search) is not None) is self.expected
        except NotFound:
            return not self.expected


@dataclass(frozen=True, slots=True)
class Comparison:
    """A relation between two values. It does not hold if a path leads to nothing."""

    left: Operand
    operator: str
    right: Operand

    def holds(self, item: Json, search: Search) -> bool:
        """Whether the values are in the relation."""
        try:
            left, right = self.left.evaluate(item, search), self.right.evaluate(item, search)
            search.spend(
                sum(len(value) for value in (left, right) if isinstance(value, str)) // _LENGTH_OF_VISIT
            )
            if self.operator not in _OF_NULL and (left is None) is not (right is None):
                return False
            return OPERATORS[self.operator](compare(left, right), 0)
        except (Incomparable, NotFound):
            return False


@dataclass(frozen=True, slots=True)
class AllOf:
    """All conditions hold. AWS begins with the last one, which shows if another cannot be applied."""

    conditions: tuple[Condition, ...]

    def holds(self, item: Json, search: Search) -> bool:
        """Whether all hold."""
        return all(condition.holds(item, search) for condition in reversed(self.conditions))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the conditions holds. AWS begins with the last one here too."""

    conditions: tuple[Condition, ...]

    def holds(self, item: Json, search: Search) -> bool:
        """Whether one holds."""
        return any(condition.holds(item, search) for condition in reversed(self.conditions))


def compare(left: Json, right: Json) -> int:
    """Return a number below, equal to or above 0 for a value on the left that is less, equal or greater.

    Raises Incomparable for types that are not compared, and Inapplicable for a text that should be a number.
    """
    if left is right:
        return 0
    if _is_null(left) or _is_null(right):
        return _is_null(right) - _is_null(left)
    if isinstance(left, str) and isinstance(right, str):
        # Java orders texts by their UTF-16 units.
        return _order(*(text.encode("utf-16-be", "surrogatepass") for text in (left, right)))
    if isinstance(left, bool):
        return _order(left, _read_flag(right))
    if isinstance(left, int | float):
        return _order(Decimal(str(left)), _read_number(right))
    raise Incomparable


def _is_null(value: Json) -> bool:
    return value is None or value == "null"


def _read_flag(value: Json) -> bool:
    if not isinstance(value, str | bool):
        raise Incomparable
    return value.lower() == "true" if isinstance(value, str) else value


def _read_number(value: Json) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Incomparable
    if not _NUMBER.fullmatch(str(value)):
        raise Inapplicable(f"'{value}' is compared with a number, and is none.")
    return Decimal(str(value))


def _order(left: T, right: T) -> int:
    return (left > right) - (left < right)


OPERATORS: Final[dict[str, Callable[[int, int], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_LENGTH_OF_VISIT: Final = 500
"""Comparing this many characters takes as long as visiting a node."""

_OF_NULL: Final = frozenset({"==", "!="})
"""The operators that compare null with other values."""
