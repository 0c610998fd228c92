"""What a request may say, according to AWS's own model of the Step Functions API.

The shapes, limits and names come from botocore; none is written down here.
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
_SHOWN_CHARACTERS = 200
"""How much of a refused value an error repeats."""


class WrongType(Exception):
    """A member of the request has another JSON type than the model says: AWS does not even read on."""


def check(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """Hold a request against its operation's input shape; members that the model does not know are let pass.

    Raises:
        ValidationException: a member is missing, or breaks a limit; all that do are named.
        WrongType: a member is of the wrong JSON type.

    """
    shape = operation.input_shape
    problems = list(_problems(shape, request, "")) if shape else []
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise ValidationException(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if not _has_type(shape.type_name, value):
        raise WrongType(f"{where or 'The request'} must be of type {shape.type_name}.")
    if isinstance(shape, StructureShape):
        yield from _member_problems(shape, value, where)
    elif isinstance(shape, ListShape):
        yield from _limit_problems(shape, value, len(value), where)
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{where}.{number}.member")
    else:
        yield from _scalar_problems(shape, value, where)


def _has_type(name: str, value: object) -> bool:
    # In Python, but not in JSON, a boolean is a number.
    return isinstance(value, _PYTHON_TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _member_problems(shape: StructureShape, value: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, member in shape.members.items():
        path = f"{where}.{name}" if where else name
        if value.get(name) is not None:
            yield from _problems(member, value[name], path)
        elif name in shape.required_members:
            yield f"Value at '{path}' failed to satisfy constraint: Member must not be null"


def _scalar_problems(shape: Shape, value: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        rule = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        yield _problem(shape, value, where, rule)
    if isinstance(value, str):
        yield from _limit_problems(shape, value, len(value), where)
        yield from _pattern_problems(shape, value, where)
    elif not isinstance(value, bool):
        yield from _limit_problems(shape, value, value, where)


def _limit_problems(shape: Shape, value: Any, measure: float, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    noun = "have value" if isinstance(value, int | float) else "have length"
    limits: dict[str, tuple[Callable[[float, float], bool], str]] = {
        "min": (lambda got, limit: got < limit, f"{noun} greater than or equal to"),
        "max": (lambda got, limit: got > limit, f"{noun} less than or equal to"),
    }
    for key, (breaks, words) in limits.items():
        limit = shape.metadata.get(key)
        if limit is not None and breaks(measure, limit):
            yield _problem(shape, value, where, f"Member must {words} {limit}")


def _pattern_problems(shape: Shape, value: str, where: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _problem(shape, value, where, f"Member must satisfy regular expression pattern: {pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The model's patterns are Java's; this is all that they have and Python has not.
    return re.compile(pattern.replace(r"\p{ASCII}", r"[\x00-\x7F]"))


def _problem(shape: Shape, value: Any, where: str, rule: str) -> str:  # noqa: ANN401 - any JSON
    # AWS does not repeat what its model calls sensitive: definitions, inputs and outputs.
    shown = "" if shape.metadata.get("sensitive") else f" '{_cut(_shown(shape, value))}'"
    return f"Value{shown} at '{where}' failed to satisfy constraint: {rule}"


def _shown(shape: Shape, value: Any) -> str:  # noqa: ANN401 - any JSON
    """Write a value as AWS does, whose services are Java."""
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(_shown(shape.member, item) for item in value)}]"
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = ((name, member) for name, member in shape.members.items() if name in value)
        return f"{shape.name}({', '.join(f'{name}={_shown(member, value[name])}' for name, member in known)})"
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
