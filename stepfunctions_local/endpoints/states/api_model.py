"""Validates requests against AWS's own model of the Step Functions API.

All shapes, limits and names come from botocore.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from stepfunctions_local.engine.errors import ValidationException

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
    "structure": dict,
    "list": list,
    "map": dict,
}
_MAX_SHOWN_CHARACTERS = 200
"""The length after which an error message truncates a rejected value."""


class WrongType(Exception):
    """A member of the request has another JSON type than in the model. AWS stops validating there."""


def validate(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """Validate a request against its operation's input shape. Unknown members are ignored.

    Raises:
        ValidationException: members are missing or exceed limits; the message has all of them.
        WrongType: a member has the wrong JSON type.

    """
    shape = operation.input_shape
    problems = list(_find_problems(shape, request, "")) if shape else []
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise ValidationException(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")


def _find_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if not _has_type(shape.type_name, value):
        raise WrongType(f"{path or 'The request'} must be of type {shape.type_name}.")
    if isinstance(shape, StructureShape):
        yield from _find_member_problems(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _find_limit_problems(shape, value, len(value), path)
        for number, item in enumerate(value, 1):
            yield from _find_problems(shape.member, item, f"{path}.{number}.member")
    else:
        yield from _find_scalar_problems(shape, value, path)


def _has_type(name: str, value: object) -> bool:
    # In Python, but not in JSON, a boolean is a number.
    return isinstance(value, _PYTHON_TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _find_member_problems(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        member_path = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            yield from _find_problems(member, value[name], member_path)
        elif name in shape.required_members:
            yield f"Value at '{member_path}' failed to satisfy constraint: Member must not be null"


def _find_scalar_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        rule = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        yield _format_problem(shape, value, path, rule)
    if isinstance(value, str):
        yield from _find_limit_problems(shape, value, len(value), path)
        yield from _find_pattern_problems(shape, value, path)
    elif not isinstance(value, bool):
        yield from _find_limit_problems(shape, value, value, path)


def _find_limit_problems(shape: Shape, value: Any, measure: float, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    noun = "have value" if isinstance(value, int | float) else "have length"
    limits: dict[str, tuple[Callable[[float, float], bool], str]] = {
        "min": (lambda got, limit: got < limit, f"{noun} greater than or equal to"),
        "max": (lambda got, limit: got > limit, f"{noun} less than or equal to"),
    }
    for key, (breaks, words) in limits.items():
        limit = shape.metadata.get(key)
        if limit is not None and breaks(measure, limit):
            yield _format_problem(shape, value, path, f"Member must {words} {limit}")


def _find_pattern_problems(shape: Shape, value: str, path: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern and not _compile(pattern).fullmatch(value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield _format_problem(shape, value, path, rule)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    # The model's patterns are Java's. Python lacks only this part of their syntax.
    return re.compile(pattern.replace(r"\p{ASCII}", r"[\x00-\x7F]"))


def _format_problem(shape: Shape, value: Any, path: str, rule: str) -> str:  # noqa: ANN401 - any JSON
    # AWS omits values that its model marks as sensitive: definitions, inputs and outputs.
    shown = "" if shape.metadata.get("sensitive") else f" '{_truncate(_format_value(shape, value))}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {rule}"


def _format_value(shape: Shape, value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a value as AWS writes it, in Java's notation."""
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(_format_value(shape.member, item) for item in value)}]"
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = ((name, member) for name, member in shape.members.items() if name in value)
        members = (f"{name}={_format_value(member, value[name])}" for name, member in known)
        return f"{shape.name}({', '.join(members)})"
    return str(value)


def _truncate(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else f"{text[:_MAX_SHOWN_CHARACTERS]}..."
