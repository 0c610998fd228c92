"""DynamoDB's items: the attributes of a row as its API writes them, each with its type."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.attributes import Attributes

Item: TypeAlias = dict[str, Any]
"""`{"due": {"N": "1796083200"}}`: each value with its type."""

_DESERIALIZER: Final = TypeDeserializer()


def build_item(attributes: Attributes) -> Item:
    """Return the item of a row."""
    # boto3's serializer tries all types in turn: for many rows it is half of the work.
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for name, value in attributes.items()
    }


def read_item(item: Mapping[str, Any]) -> Attributes:
    """Return the attributes of an item. The row's reader refuses a value of a type that no row has."""
    return {name: _read_value(value) for name, value in item.items()}


def _read_value(value: Any) -> Any:  # noqa: ANN401 - an item may hold anything
    read = _DESERIALIZER.deserialize(value)
    return int(read) if isinstance(read, Decimal) and read == read.to_integral_value() else read
