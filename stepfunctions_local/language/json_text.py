"""JSON text to values and back, strictly: what another reader of JSON would refuse is refused here."""

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.language.decision import Json

MAX_DEPTH: Final = 100
"""How many arrays and objects may lie inside one another. It keeps recursion over a value bounded."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class InvalidJson(StepFunctionsLocalError, ValueError):
    """The text is not JSON, holds a number without a finite value, or is nested too deeply."""


def parse_json(text: str) -> Json:
    """Read a JSON text. Raises `InvalidJson`, and nothing else, whatever the text is."""
    value = _decode(text, _decoder.decode)
    if text.count("[") + text.count("{") > MAX_DEPTH and is_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    return value


def parse_json_object_by_object(text: str, take_pairs: Callable[[list[tuple[str, Any]]], Any]) -> Json:
    """Read a JSON text, asking `take_pairs` for the value of each object. Raises `InvalidJson`."""
    value = _decode(text, _new_decoder(take_pairs).decode)
    if is_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    return value


def dump_json(value: Json) -> str:
    r"""Write a value as compact JSON that can be encoded in UTF-8.

    Characters stand for themselves, except halves of surrogate pairs, which JSON allows as `\ud800` and
    UTF-8 does not: these are written as that escape.
    """
    text = _encode(value)
    return text if text.isascii() else _LONE_SURROGATE.sub(_escape, text)


def replace_lone_surrogates(text: str) -> str:
    """Replace what cannot be encoded in UTF-8 by U+FFFD."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def is_too_deep(value: Json) -> bool:
    """Whether arrays and objects lie inside one another more than `MAX_DEPTH` times."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [
            child for parent in level for child in _list_items(parent) if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _list_items(container: dict[str, Json] | list[Json]) -> Iterable[Json]:
    return container.values() if isinstance(container, dict) else container


_TOO_DEEP = f"The JSON is nested more than {MAX_DEPTH} levels deep. Flatten it."


def _decode(text: str, decode: Callable[[str], Any]) -> Json:
    try:
        value: Json = decode(text)
    except RecursionError as error:
        raise InvalidJson(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise InvalidJson(f"{error.msg} at line {error.lineno}, column {error.colno}.") from error
    except InvalidJson:
        raise
    except ValueError as error:
        raise InvalidJson(f"A number has too many digits: {error}") from error
    return value


def _parse_finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise InvalidJson(f"The number {literal[:40]} is too large for a double.")
    return number


def _refuse_constant(literal: str) -> float:
    raise InvalidJson(f"{literal} is not JSON.")


def _new_decoder(take_pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=take_pairs, parse_float=_parse_finite, parse_constant=_refuse_constant
    )


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"


_decoder = _new_decoder()
