"""Conversion between the parameters and results of states and the members of a service's operations.

States have the names of AWS's model in PascalCase.
They have JSON for a service's JSON text, base64 for its bytes, and milliseconds in Unix time for its times.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepfunctions_local.language import Json, dump_json
from stepfunctions_local.language.attribute_value import is_attribute, to_attribute
from stepfunctions_local.language.operation import JSON_TEXTS, pascal_case


def to_members(shape: StructureShape, parameters: Mapping[str, Json]) -> dict[str, Any]:
    """Return the members that botocore takes, from parameters that `faults` accepts. Null is left out."""
    given = {name: (pascal_case(name), member) for name, member in shape.members.items()}
    return {
        name: _to_member(field, member, parameters[field])
        for name, (field, member) in given.items()
        if parameters.get(field) is not None
    }


def _to_member(field: str, shape: Shape, value: Any) -> Any:  # noqa: ANN401 - any JSON, and any member
    if is_attribute(shape):
        value = to_attribute(value)
    if field in JSON_TEXTS:
        return value if isinstance(value, str) else dump_json(value)
    if isinstance(shape, StructureShape):
        return to_members(shape, value)
    if isinstance(shape, MapShape):
        given = value.items() if is_attribute(shape.value) else _without_null(value)
        return {name: _to_member("", shape.value, item) for name, item in given}
    if isinstance(shape, ListShape):
        return [_to_member("", shape.member, item) for item in value]
    return base64.b64decode(value) if shape.type_name == "blob" else value


def _without_null(value: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    return ((name, item) for name, item in value.items() if item is not None)


def to_output(shape: StructureShape, members: Mapping[str, Any]) -> dict[str, Json]:
    """Return the output that a state gets, from the members that botocore has parsed."""
    given = {name: member for name, member in shape.members.items() if name in members}
    return {pascal_case(name): _to_value(member, members[name]) for name, member in given.items()}


def _to_value(shape: Shape, value: Any) -> Json:  # noqa: ANN401 - parsed by botocore
    if isinstance(shape, StructureShape):
        return to_output(shape, value)
    if isinstance(shape, MapShape):
        return {name: _to_value(shape.value, item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [_to_value(shape.member, item) for item in value]
    return _to_scalar(value)


def _to_scalar(value: Any) -> Json:  # noqa: ANN401 - parsed by botocore
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    scalar: Json = value
    return scalar
