"""The operators of a Choice rule: each reads its operand and tests a value.

A value of another type than the operator's never matches. Source: "Choice workflow state" in the Developer
Guide.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.timestamp import parse_timestamp


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of values that can be compared. `read` returns None for a value of another type."""

    name: str
    read: Callable[[Json], Any]
    is_ordered: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator such as NumericLessThan. The operand is a constant, or a value that a path names."""

    kind: Kind
    holds: Callable[[Any, Any], bool]

    def test(self, value: Json, operand: Json) -> bool:
        """Whether the value is in this relation to the operand."""
        left, right = self.kind.read(value), self.kind.read(operand)
        return left is not None and right is not None and self.holds(left, right)

    def check_operand(self, operand: Json) -> None:
        """Raise ValueError if the operand is of another type."""
        if self.kind.read(operand) is None:
            raise ValueError(f"Expected value of type {self.kind.name}")


def is_of_type(name: str, value: Json) -> bool:
    """Whether the value passes a test such as `IsNumeric`."""
    return _TYPES[name](value)


def parse_pattern(text: Json) -> "StringPattern":
    """Parse the operand of StringMatches. Raises ValueError for a backslash that escapes nothing."""
    if not isinstance(text, str):
        raise ValueError("Expected value of type String")  # noqa: TRY004  a fault of the definition
    if re.search(r"\\(?![*\\])", re.sub(r"\\[*\\]", "", text)):
        raise ValueError(r"In StringMatches a backslash can only escape * or another backslash.")
    return StringPattern(tuple(_split_literals(text)))


@dataclass(frozen=True, slots=True)
class StringPattern:
    """A pattern of StringMatches: literals with any text between them."""

    literals: tuple[str, ...]

    def matches(self, value: Json) -> bool:
        """Whether the value is a string that matches; takes no longer than one search for each literal."""
        if not isinstance(value, str):
            return False
        if len(self.literals) == 1:
            return value == self.literals[0]
        first, *middle, last = self.literals
        if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
            return False
        return _contains_in_order(value[len(first) : len(value) - len(last)], middle)


def _contains_in_order(text: str, literals: list[str]) -> bool:
    position = 0
    for literal in literals:
        found = text.find(literal, position)
        if found < 0:
            return False
        position = found + len(literal)
    return True


def _split_literals(text: str) -> list[str]:
    literals = [""]
    for part in re.findall(r"\\[*\\]|.", text, re.DOTALL):
        if part == "*":
            literals.append("")
        else:
            literals[-1] += part[-1]
    return literals


def _read_string(value: Json) -> bytes | None:
    # AWS compares Java strings, which are ordered by their UTF-16 units.
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None


def _read_number(value: Json) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _read_boolean(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_timestamp(value: Json) -> datetime | None:
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


_KINDS: Final = (
    Kind("String", _read_string),
    Kind("Numeric", _read_number),
    Kind("Timestamp", _read_timestamp),
    Kind("Boolean", _read_boolean, is_ordered=False),
)
_RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: Final = {
    f"{kind.name}{relation}": Comparison(kind, holds)
    for kind in _KINDS
    for relation, holds in _RELATIONS.items()
    if kind.is_ordered or relation == "Equals"
}
"""The operators that compare with an operand. Each also has a form with `Path` at the end."""

_TYPES: Final[dict[str, Callable[[Json], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _read_number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _read_timestamp(value) is not None,
}
TYPE_TESTS: Final = frozenset(_TYPES)
"""The operators that test a value's type."""
