"""DynamoDB's attribute values, which a state may give as plain JSON: `"x"` for `{"S": "x"}`.

AWS converts plain values as its SDKs do, at any depth.
"""

from typing import Final

from botocore.model import Shape, StructureShape

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonpath.template import COMPUTED_SUFFIX

_KINDS: Final = frozenset(
    {"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS", "Bool", "Bs", "Ns", "Nul", "Ss"}
)
"""The members of an attribute value. Source: "AttributeValue" in DynamoDB's API Reference."""


def is_attribute(shape: Shape) -> bool:
    """Whether values of a shape are attribute values."""
    return (
        shape.name == "AttributeValue"
        and isinstance(shape, StructureShape)
        and shape.members.keys() >= {"B", "L", "M", "S"}
    )


def to_attribute(value: Json) -> Json:
    """Return a value as an attribute value, which it may be already, as may its parts."""
    if isinstance(value, dict):
        return _convert_typed(value) if _is_typed(value) else {"M": _convert_members(value)}
    if isinstance(value, list):
        return {"L": [to_attribute(item) for item in value]}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"S": value} if isinstance(value, str) else {"N": dump_json(value)}


def _is_typed(value: dict[str, Json]) -> bool:
    """Whether an object is an attribute value; in a template its member may be computed."""
    return bool(value) and {name.removesuffix(COMPUTED_SUFFIX) for name in value} <= _KINDS


def _convert_typed(value: dict[str, Json]) -> Json:
    return {name: _convert_part(name, part) for name, part in value.items()}


def _convert_part(kind: str, part: Json) -> Json:
    if kind == "M" and isinstance(part, dict):
        return _convert_members(part)
    if kind == "L" and isinstance(part, list):
        return [to_attribute(item) for item in part]
    return part


def _convert_members(members: dict[str, Json]) -> Json:
    return {name: to_attribute(member) for name, member in members.items()}
