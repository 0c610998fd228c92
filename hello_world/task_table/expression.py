"""Writes as DynamoDB's API takes them: condition and update expressions, with a placeholder for each name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

from task_table.hashing import find_partition
from task_table.item import build_item
from task_table.key_row import build_partition_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.write import Change, Creation


def build_put(write: Creation) -> dict[str, Any]:
    """Return the parameters of PutItem."""
    return {"Item": build_item(write.row.build_attributes()), **build_condition(write.condition)}


def build_update(write: Change) -> dict[str, Any]:
    """Return the parameters of UpdateItem."""
    condition = build_condition(write.condition)
    # boto3 begins the condition's placeholders with #n and :v.
    names = {name: f"#u{number}" for number, name in enumerate(_list_names(write))}
    values = {f":u{names[name][2:]}": value for name, value in {**write.values, **write.added}.items()}
    return {
        **condition,
        "Key": build_key(write.key),
        "UpdateExpression": _format_update(write, names),
        "ExpressionAttributeNames": condition["ExpressionAttributeNames"]
        | {placeholder: name for name, placeholder in names.items()},
        "ExpressionAttributeValues": condition.get("ExpressionAttributeValues", {}) | build_item(values),
    }


def build_condition(condition: ConditionBase) -> dict[str, Any]:
    """Return the parameters of a conditional write. If it is refused, the answer has the item as it is."""
    built = ConditionExpressionBuilder().build_expression(condition)
    values = build_item(built.attribute_value_placeholders)
    return {
        "ConditionExpression": built.condition_expression,
        "ExpressionAttributeNames": built.attribute_name_placeholders,
        # DynamoDB refuses an empty map.
        **({"ExpressionAttributeValues": values} if values else {}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def build_key(key: str) -> dict[str, Any]:
    """Return the primary key of a task's key row."""
    return build_item({"pk": build_partition_key(find_partition(key)), "sk": key})


def _list_names(write: Change) -> list[str]:
    return [*write.values, *sorted(_find_removed(write)), *write.added]


def _find_removed(write: Change) -> frozenset[str]:
    """Return the attributes to remove. DynamoDB refuses an update that names one twice."""
    return write.removed - write.values.keys()


def _format_update(write: Change, names: Mapping[str, str]) -> str:
    clauses = {
        "SET": [f"{names[name]} = :u{names[name][2:]}" for name in write.values],
        "REMOVE": [names[name] for name in sorted(_find_removed(write))],
        "ADD": [f"{names[name]} :u{names[name][2:]}" for name in write.added],
    }
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
