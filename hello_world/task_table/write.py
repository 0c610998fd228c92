"""Conditional writes of key rows, as data: DynamoDB carries them out, and so does the table in memory."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.conditions import And, Attr, ConditionBase, Equals, In, LessThan, Not, Or
from boto3.dynamodb.conditions import AttributeNotExists as Missing

from task_table.errors import TaskTableError
from task_table.key_row import KeyRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from task_table.attributes import Attributes


class Refused(TaskTableError):
    """The condition of a write did not hold. `row` is the row as it is, or None if there is none."""

    def __init__(self, row: KeyRow | None) -> None:
        super().__init__(f"The condition did not hold: {row}")
        self.row = row


@dataclass(frozen=True, slots=True)
class Creation:
    """Writes a row whole, in place of the one that its key may have."""

    row: KeyRow
    condition: ConditionBase

    @property
    def key(self) -> str:
        """The row's key."""
        return self.row.key


@dataclass(frozen=True, slots=True)
class Change:
    """Changes attributes of a row: sets and removes them, and adds to numbers."""

    key: str
    condition: ConditionBase
    values: Attributes = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    added: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """The row after a write, and when it was written by the table's own clock, in seconds since 1970."""

    row: KeyRow
    at: int


def apply(write: Creation | Change, attributes: Attributes | None) -> Attributes:
    """Return the attributes of a row after a write, from those before it, or None if there is no row.

    Raises:
        Refused: the condition does not hold.

    """
    if not holds(write.condition, attributes or {}):
        raise Refused(KeyRow.of_attributes(attributes) if attributes else None)
    if isinstance(write, Creation):
        return write.row.build_attributes()
    kept = {name: value for name, value in (attributes or {}).items() if name not in write.removed}
    sums = {name: int(kept.get(name, 0)) + number for name, number in write.added.items()}
    return {**kept, **write.values, **sums}


def holds(condition: ConditionBase, attributes: Attributes) -> bool:
    """Return whether a condition holds for a row's attributes."""
    operands = condition.get_expression()["values"]
    return _OPERATORS[type(condition)](attributes, operands)


def _compare(
    compare: Callable[[Any, Any], bool],
) -> Callable[[Attributes, tuple[Any, ...]], bool]:
    """Return a comparison that is false for an absent attribute, as DynamoDB's are."""

    def evaluate(attributes: Attributes, operands: tuple[Any, ...]) -> bool:
        value = attributes.get(_get_name(operands[0]))
        return value is not None and compare(value, operands[1])

    return evaluate


def _get_name(attribute: Attr) -> str:
    return str(attribute.name)


_OPERATORS: Final[Mapping[type, Callable[[Any, Any], bool]]] = {
    And: lambda attributes, operands: all(holds(each, attributes) for each in operands),
    Or: lambda attributes, operands: any(holds(each, attributes) for each in operands),
    Not: lambda attributes, operands: not holds(operands[0], attributes),
    Equals: _compare(operator.eq),
    LessThan: _compare(operator.lt),
    In: _compare(lambda value, wanted: value in wanted),
    Missing: lambda attributes, operands: _get_name(operands[0]) not in attributes,
}
