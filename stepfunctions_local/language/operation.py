"""Checks the parameters of service integrations against AWS's own models of the operations.

A parameter has the model's name in PascalCase. The errors for unusable parameters are as recorded on AWS.
Source: "Passing parameters to a service API in Step Functions".
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, ShapeResolver, StructureShape
from botocore.utils import parse_timestamp

from stepfunctions_local.language.attribute_value import is_attribute, to_attribute
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.json_text import InvalidJson, parse_json
from stepfunctions_local.language.jsonpath.template import COMPUTED_SUFFIX
from stepfunctions_local.language.resource import Integration

_JSON_TEXTS: Final = frozenset({"Body", "Detail", "Input", "Message", "MessageBody", "Payload"})
"""Parameters that are text to their service: objects and arrays given by a state are sent as JSON."""

_AVOIDED: Final = {"equals": "EqualsValue", "Equals": "EqualsValue", "NULL": "Nul"}
"""Names that mean something else in Java."""

_ACRONYM: Final = re.compile(r"[A-Z](?:[A-Z](?![a-z]))*")
"""The capitals that a name begins with, without the one of the word after them."""

_EMPTY: Final = StructureShape("Empty", {"type": "structure", "members": {}}, ShapeResolver({}))
"""The parameters of an operation that takes none."""

_OBJECT: Final[dict[str, Any]] = {
    "S3Object": {"type": "structure", "required": ["S3Uri"], "members": {"S3Uri": {"shape": "S3ObjectUri"}}},
    "S3ObjectUri": {"type": "string"},
}
"""The shapes of a parameter that names an object of S3."""

_ARTICLES: Final = {"ARRAY": "an", "OBJECT": "an"}

_KINDS: Final[dict[str, tuple[str, tuple[type, ...]]]] = {
    "string": ("STRING", (str,)),
    "blob": ("STRING", (str,)),
    "timestamp": ("STRING", (str, int, float)),
    "integer": ("NUMBER", (int,)),
    "long": ("NUMBER", (int,)),
    "float": ("NUMBER", (int, float)),
    "double": ("NUMBER", (int, float)),
    "boolean": ("BOOLEAN", (bool,)),
    "list": ("ARRAY", (list,)),
    "map": ("OBJECT", (dict,)),
    "structure": ("OBJECT", (dict,)),
}


_SCALARS: Final = frozenset({"boolean", "double", "float", "integer", "long"})


@cache
def input_shape(integration: Integration) -> StructureShape | None:
    """Return the shape of an integration's parameters: the operation's, with the fields that differ."""
    shape, action = integration.operation.input_shape, integration.optimized
    renamed, objects = action.parameters, (*action.fetched, *action.stored)
    if shape is None or not (renamed or objects):
        return shape
    members = {**_describe(shape)["members"], **{name: {"shape": "S3Object"} for name in objects}}
    required = {*shape.required_members}
    for field, place in renamed.items():
        member = place.removesuffix("[]")
        del members[member]
        target = shape.members[member]
        members[field] = {"shape": target.member.name if isinstance(target, ListShape) else target.name}
        required = {field if name == member else name for name in required}
    described = {"type": "structure", "members": members, "required": sorted(required)}
    shapes = _shapes_of(shape)
    return StructureShape(shape.name, described, ShapeResolver(shapes | _OBJECT))


def _shapes_of(shape: Shape) -> dict[str, Any]:
    resolver = getattr(shape, "_shape_resolver")  # noqa: B009 - botocore keeps it to itself
    shapes: dict[str, Any] = getattr(resolver, "_shape_map")  # noqa: B009 - so does it
    return shapes


def _describe(shape: Shape) -> Mapping[str, Any]:
    described: Mapping[str, Any] = getattr(shape, "_shape_model")  # noqa: B009 - botocore keeps it to itself
    return described


@cache
def get_members(shape: StructureShape, *, is_aws_sdk: bool = False) -> Mapping[str, tuple[str, Shape]]:
    """Return the members of a structure, with their names in the model, by their names in a state.

    An attribute value of DynamoDB may have the names of either kind of integration.
    """
    name_fields = [java_case] if is_aws_sdk else [pascal_case]
    if is_attribute(shape):
        name_fields = [java_case, pascal_case]
    return {
        name_field(name): (name, member)
        for name_field in name_fields
        for name, member in shape.members.items()
    }


def pascal_case(name: str) -> str:
    """Return the name in a state of an optimized integration for a name of a model."""
    return name[:1].upper() + name[1:]


def java_case(name: str) -> str:
    """Return the name in a state of the SDK: that of SDK 2 for Java, with a capital.

    `DBInstances` is `DbInstances`, and `ARN` is `Arn`; `ETag` stays.
    Source: `unCapitalize` in the code generator of aws-sdk-java-v2.
    """
    if name in _AVOIDED:
        return _AVOIDED[name]
    acronym = _ACRONYM.match(name)
    return pascal_case(acronym[0].lower() + name[acronym.end() :]) if acronym else pascal_case(name)


def is_document(shape: Shape) -> bool:
    """Whether values of a shape are any JSON."""
    return isinstance(shape, StructureShape) and shape.is_document_type


def is_made_up(shape: Shape) -> bool:
    """Whether the SDK makes a member's value up that is not given: the token of an idempotent operation."""
    return bool(shape.metadata.get("idempotencyToken"))


def find_faults(integration: Integration, parameters: Json, *, template: bool = False) -> list[str]:
    """Return, in AWS's words, the faults that keep parameters from being sent.

    In a template, values that are computed when the state is entered are not checked.
    """
    shape = input_shape(integration)
    if parameters is None:
        return [] if shape is None else [_describe_wrong_kind("Parameters", "OBJECT")]
    check = _Check(template=template, is_aws_sdk=integration.is_aws_sdk)
    return list(check.find_faults("Parameters", shape or _EMPTY, parameters))


def to_scalar(shape: Shape, value: Json) -> Json:
    """Return the boolean or number that a text is, where a parameter is one: Java takes `"true"`."""
    if not isinstance(value, str) or shape.type_name not in _SCALARS:
        return value
    try:
        found = parse_json(value)
    except InvalidJson:
        return value
    return found if isinstance(found, _KINDS[shape.type_name][1]) else value


def may_be_json(field: str, shape: Shape) -> bool:
    """Whether an object or array is sent as the text of a field, whose name says that it may hold JSON."""
    return field in _JSON_TEXTS and shape.type_name in {"blob", "string"}


@dataclass(frozen=True, slots=True)
class _Check:
    """Checks a value; in a `template`, except for the computed parts.

    For the SDK, objects and arrays are texts, and bytes are any JSON.
    """

    template: bool
    is_aws_sdk: bool

    def find_faults(self, field: str, shape: Shape, value: Json) -> Iterator[str]:
        """Yield the faults of the value of a field, those of its parts included."""
        if value is None or _is_computed(field, value, template=self.template):
            return
        value = to_attribute(value) if is_attribute(shape) else value
        value = to_scalar(shape, value)
        if is_document(shape) or self._is_sent_as_text(field, shape, value):
            return
        fault = _find_own_fault(field, shape, value)
        if fault:
            yield fault
            return
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            yield from self._find_name_faults(shape, value)
        for name, part_shape, part in self._list_parts(field, shape, value):
            yield from self.find_faults(name, part_shape, part)

    def _list_parts(self, field: str, shape: Shape, value: Json) -> Iterator[tuple[str, Shape, Json]]:
        """Yield the members of an object or the items of an array, with their shapes in the model."""
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            known = get_members(shape, is_aws_sdk=self.is_aws_sdk)
            yield from ((name, known[name][1], part) for name, part in value.items() if name in known)
        elif isinstance(shape, MapShape) and isinstance(value, dict):
            yield from ((name, shape.value, part) for name, part in value.items())
        elif isinstance(shape, ListShape) and isinstance(value, list):
            yield from ((field, shape.member, part) for part in value)

    def _is_sent_as_text(self, field: str, shape: Shape, value: Json) -> bool:
        is_json = isinstance(value, (dict, list))
        if self.is_aws_sdk and shape.type_name in {"blob", "string"}:
            return is_json or shape.type_name == "blob"
        return is_json and may_be_json(field, shape)

    def _find_name_faults(self, shape: StructureShape, value: dict[str, Json]) -> Iterator[str]:
        known = get_members(shape, is_aws_sdk=self.is_aws_sdk)
        required = {
            field
            for field, (name, member) in known.items()
            if name in shape.required_members and not is_made_up(member)
        }
        given = {name.removesuffix(COMPUTED_SUFFIX) if self.template else name for name in value}
        for name in sorted(given - known.keys()):
            yield f"The field '{name}' is not supported by Step Functions"
        for name in sorted(required):
            if name not in given or (value.get(name, "") is None and _is_in_path(known[name][1])):
                yield f"The field '{name}' is required but was missing"


def _is_in_path(shape: Shape) -> bool:
    """Whether the value is part of the request's path, so that no request is possible without it."""
    return shape.serialization.get("location") == "uri"


def _find_own_fault(field: str, shape: Shape, value: Json) -> str | None:
    kind, types = _KINDS[shape.type_name]
    # In Python, but not in JSON, a boolean is a number.
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "BOOLEAN"):
        return _describe_wrong_kind(field, kind)
    try:
        if shape.type_name == "blob" and not may_be_json(field, shape):
            base64.b64decode(str(value), validate=True)
        elif shape.type_name == "timestamp":
            parse_timestamp(str(value))
    except (ValueError, OverflowError):
        return f"The value of the field '{field}' has an invalid format"
    return None


def _describe_wrong_kind(field: str, kind: str) -> str:
    return f"The value for the field '{field}' must be {_ARTICLES.get(kind, 'a')} {kind}"


def _is_computed(field: str, value: Json, *, template: bool) -> bool:
    is_expression = isinstance(value, str) and value.startswith("{%") and value.endswith("%}")
    return template and (field.endswith(COMPUTED_SUFFIX) or is_expression)
