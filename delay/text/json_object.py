"""JSON objects as they are written, read strictly: what would be lost or changed on the way is refused."""

import json
import math
from typing import Any, NoReturn

_MOST_DIGITS = 4000
"""Python itself reads integers of 4,300 digits at most."""

_LONGEST_SHOWN = 20


def parse_object(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: it is no JSON, no object, holds NaN or Infinity, names a member twice, or is nested too
        deeply;
            the message says what and where.

    """
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_integer,
            object_pairs_hook=_members,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at {_place(error)}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f'{_kind(value)}, not a JSON object such as {{"order": 42}}')  # noqa: TRY004 - it is the text's value
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{_shortened(text)} is too large a number")
    return number


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{_shortened(text)} has more than {_MOST_DIGITS} digits")
    return int(text)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice}" stands twice in one object')
    return members


def _place(error: json.JSONDecodeError) -> str:
    return f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"


def _kind(value: object) -> str:
    return {list: "an array", str: "a text", bool: "true or false", type(None): "null"}.get(
        type(value), "a number"
    )
