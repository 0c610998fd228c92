"""Parses and writes JSON text, strictly: text that other parsers would refuse is refused here."""

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.language.decision import Json

MAX_DEPTH: Final = 100
"""How deep arrays and objects may be nested, which bounds recursion over a value."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class InvalidJson(StepFunctionsLocalError, ValueError):
    """The text is not JSON, contains a number that is not finite, or is nested too deeply."""


def parse_json(text: str) -> Json:
    """Parse a JSON text. Raises `InvalidJson`, and nothing else, whatever the text."""
    value = _decode(text, _decoder.decode)
    if text.count("[") + text.count("{") > MAX_DEPTH and is_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    return value


def parse_json_object_by_object(text: str, take_pairs: Callable[[list[tuple[str, Any]]], Any]) -> Json:
    """Parse a JSON text; `take_pairs` builds the value of each object. Raises `InvalidJson`."""
    value = _decode(text, _build_decoder(take_pairs).decode)
    if is_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    return value


def dump_json(value: Json) -> str:
    r"""Return a value as compact JSON that can be encoded in UTF-8.

    Only halves of surrogate pairs are escaped, as `\ud800`: JSON allows them, UTF-8 does not.
    """
    text = _encode(value)
    return text if text.isascii() else _LONE_SURROGATE.sub(_escape, text)


def replace_lone_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which UTF-8 cannot encode, by U+FFFD."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def is_too_deep(value: Json) -> bool:
    """Whether arrays and objects are nested more than `MAX_DEPTH` levels deep."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _unpack(parent) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _unpack(container: dict[str, Json] | list[Json]) -> Iterable[Json]:
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


def _build_decoder(take_pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=take_pairs, parse_float=_parse_finite, parse_constant=_refuse_constant
    )


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"


_decoder = _build_decoder()
