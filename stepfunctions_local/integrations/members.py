"""Conversion between the parameters and results of states and the members of a service's operations.

States have the names of AWS's model in PascalCase.
They have JSON for a service's JSON text.
Optimized integrations have base64 for bytes, and milliseconds in Unix time for times.
Integrations of the SDK have text for bytes that are text, and base64 for others, and times in ISO 8601.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepfunctions_local.language import Json, dump_json
from stepfunctions_local.language.attribute_value import is_attribute, to_attribute
from stepfunctions_local.language.operation import (
    get_members,
    is_document,
    is_made_up,
    java_case,
    may_be_json,
    pascal_case,
    to_scalar,
)

_MILLISECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Conversion:
    """Converts parameters and answers, as the SDK does or as the optimized integrations do.

    `token` is the value of a member that makes an operation idempotent, if the parameters have none.
    """

    is_aws_sdk: bool
    token: str = ""

    def to_members(self, shape: StructureShape, parameters: Mapping[str, Json]) -> dict[str, Any]:
        """Return the members that botocore takes, from parameters that have no fault. Null is left out."""
        members = {}
        for field, (name, member) in get_members(shape, is_aws_sdk=self.is_aws_sdk).items():
            if parameters.get(field) is not None:
                members[name] = self._to_member(field, member, parameters[field])
            elif self.token and name not in members and is_made_up(member):
                members[name] = self.token
        return members

    def to_output(self, shape: StructureShape, members: Mapping[str, Any]) -> dict[str, Json]:
        """Return the output that a state gets, from the members that botocore has parsed."""
        name_field = java_case if self.is_aws_sdk else pascal_case
        given = {name: member for name, member in shape.members.items() if name in members}
        return {name_field(name): self._to_value(member, members[name]) for name, member in given.items()}

    def _to_member(self, field: str, shape: Shape, value: Any) -> Any:  # noqa: ANN401 - any JSON, and any member
        if is_attribute(shape):
            value = to_attribute(value)
        if may_be_json(field, shape) or (self.is_aws_sdk and shape.type_name in {"blob", "string"}):
            return _to_text(value)
        if isinstance(shape, StructureShape) and not is_document(shape):
            return self.to_members(shape, value)
        if isinstance(shape, MapShape):
            given = value.items() if is_attribute(shape.value) else _without_null(value)
            return {name: self._to_member("", shape.value, item) for name, item in given}
        if isinstance(shape, ListShape):
            return [self._to_member("", shape.member, item) for item in value]
        return base64.b64decode(value) if shape.type_name == "blob" else to_scalar(shape, value)

    def _to_value(self, shape: Shape, value: Any) -> Json:  # noqa: ANN401 - parsed by botocore
        if is_document(shape):
            document: Json = value
            return document
        if isinstance(shape, StructureShape):
            return self.to_output(shape, value)
        if isinstance(shape, MapShape):
            return {name: self._to_value(shape.value, item) for name, item in value.items()}
        if isinstance(shape, ListShape):
            return [self._to_value(shape.member, item) for item in value]
        return self._to_scalar(value)

    def _to_scalar(self, value: Any) -> Json:  # noqa: ANN401 - parsed by botocore
        if isinstance(value, datetime):
            return _to_iso(value) if self.is_aws_sdk else round(value.timestamp() * _MILLISECOND)
        if isinstance(value, (bytes, bytearray)):
            return decode_bytes(value) if self.is_aws_sdk else base64.b64encode(value).decode()
        scalar: Json = value
        return scalar


def decode_bytes(value: bytes | bytearray) -> str:
    """Return bytes as the text that they are in UTF-8, or in base64."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _to_text(value: Json) -> str:
    return value if isinstance(value, str) else dump_json(value)


def _without_null(value: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    return ((name, item) for name, item in value.items() if item is not None)


def _to_iso(moment: datetime) -> str:
    """Return a moment as Java's Instant shows it: without a fraction, or with milliseconds."""
    utc = moment.astimezone(UTC)
    milliseconds = round(utc.microsecond / _MILLISECOND)
    fraction = f".{milliseconds:03d}" if milliseconds else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"
