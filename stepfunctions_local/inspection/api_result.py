"""Compares the mocked result of a Task with AWS's model of the operation that the Task calls.

The messages are as recorded on AWS. A field that the model does not have is accepted, as there.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationNotFoundError, Shape, StructureShape

from stepfunctions_local.language import Json
from stepfunctions_local.language.aws_sdk import botocore_name
from stepfunctions_local.language.operation import java_case, pascal_case
from stepfunctions_local.service_model import service_model

_REQUEST_RESPONSE: Final = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(?:aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
)
"""A Resource whose result is the response of the call, which it is not with another pattern."""

_MODELS: Final = MappingProxyType(
    {
        "bedrock": "bedrock-runtime",
        "cloudwatchlogs": "logs",
        "elasticmapreduce": "emr",
        "eventbridge": "events",
        "sfn": "stepfunctions",
        "states": "stepfunctions",
    }
)
"""Botocore's names of services that have another name in a Resource."""

_ANY_JSON: Final = frozenset({("lambda", "invoke", "Payload"), ("bedrock", "invokeModel", "Body")})
"""Members that are text to their service, and that the optimized integration parses."""

_TEXT: Final = ("a string", (str,))
_NUMBER: Final = ("a number", (int, float))
_KINDS: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = MappingProxyType(
    {
        **dict.fromkeys(("string", "character", "blob", "timestamp"), _TEXT),
        **dict.fromkeys(("integer", "long", "float", "double"), _NUMBER),
        "boolean": ("a boolean", (bool,)),
        "list": ("an array", (list,)),
        **dict.fromkeys(("map", "structure"), ("an object", (dict,))),
    }
)


def find_result_fault(resource: str, result: Json, *, strict: bool) -> str | None:
    """Return the first fault of a result, in AWS's words; None if it may be the result of the resource.

    Only a strict comparison asks for the fields that the model requires.
    """
    form = _REQUEST_RESPONSE.fullmatch(resource)
    shape = _find_output_shape(form["service"], form["action"]) if form else None
    if form is None or shape is None:
        return None
    if not isinstance(result, dict):
        return "Mocked result must be a JSON object."
    is_sdk = ":aws-sdk:" in resource
    any_json = {name for service, action, name in _ANY_JSON if not is_sdk and _is_call(form, service, action)}
    name_field = java_case if is_sdk else pascal_case
    faults = _Check(frozenset(any_json), strict, name_field).find_faults(shape, result)
    fault = next(faults, None)
    return f"Mock result schema validation error: {fault}" if fault else None


def _is_call(form: re.Match[str], service: str, action: str) -> bool:
    return (form["service"], form["action"]) == (service, action)


@cache
def _find_output_shape(service: str, action: str) -> StructureShape | None:
    """Return the shape of an operation's output; None if botocore does not know the operation."""
    try:
        model = service_model(_MODELS.get(service) or botocore_name(service) or service)
        return model.operation_model(pascal_case(action)).output_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None


@dataclass(frozen=True, slots=True)
class _Check:
    """Checks an output. `any_json` are members of any type; a `strict` check asks for required ones.

    `name_field` names a member of the model as a state does.
    """

    any_json: frozenset[str]
    strict: bool
    name_field: Callable[[str], str]

    def find_faults(self, shape: Shape, value: Json) -> Iterator[str]:
        """Yield the faults of an object's or array's parts."""
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            yield from self._find_member_faults(shape, value)
        elif isinstance(shape, MapShape) and isinstance(value, dict):
            for name, part in value.items():
                yield from self._find_value_faults(name, shape.value, part)

    def _find_member_faults(self, shape: StructureShape, value: dict[str, Json]) -> Iterator[str]:
        for name in map(self.name_field, shape.required_members if self.strict else ()):
            if value.get(name) is None:
                yield f"Required field '{name}' is missing"
        for member, member_shape in shape.members.items():
            name = self.name_field(member)
            if value.get(name) is not None and name not in self.any_json:
                yield from self._find_value_faults(name, member_shape, value[name])

    def _find_value_faults(self, name: str, shape: Shape, value: Json) -> Iterator[str]:
        kind, types = _KINDS[shape.type_name]
        is_free = getattr(shape, "is_document_type", False) or getattr(shape, "is_eventstream", False)
        if is_free or value is None:
            return
        # In Python, but not in JSON, a boolean is a number.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"Field '{name}' must be {kind}"
        elif shape.metadata.get("enum") and value not in shape.metadata["enum"]:
            yield f"Field '{name}' is not an expected value"
        elif isinstance(shape, ListShape) and isinstance(value, list):
            for item in value:
                yield from self._find_value_faults(name, shape.member, item)
        else:
            yield from self.find_faults(shape, value)
