"""Converts values to the library's and back, and formats values as text."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.json_text import dump_json

Value: TypeAlias = Any
"""A value of the library."""

NULL: Final = Utils.NULL_VALUE
"""The library's null; Python's None is its undefined."""

_LARGEST_WRITTEN_OUT: Final = 10**21
"""JavaScript writes whole numbers from here on with an exponent."""

_FIRST_EXPONENT: Final = 7
"""JavaScript writes numbers below 0.000001 with an exponent, Python those below 0.0001."""

_EXPONENT = re.compile(r"\de-")
_STRING_OR_SMALL = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<small>-?\d+(?:\.\d+)?e-\d+)')

_DIGITS: Final = 15
"""How many digits of a number go into a text."""


class NotJson(ValueError):
    """The value is or contains a function; the message says so."""


def from_json(value: Json) -> Value:
    """Return a copy of a value for the library, which sometimes changes arrays."""
    if value is None:
        return NULL
    if isinstance(value, dict):
        return {name: from_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return value


def to_json(value: Value) -> Json:
    """Return a value of the library as JSON. Raises NotJson."""
    if value is None or value is NULL:
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _convert_number(value)
    if isinstance(value, Mapping):
        return {str(name): to_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    raise NotJson("A function cannot be written as JSON")


def is_number(value: object) -> bool:
    """Whether a value is a number; a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_function(value: object) -> bool:
    """Whether a value can be called."""
    return isinstance(value, Jsonata.JFunctionCallable | Parser.Symbol)


def to_text(value: Value, *, indented: bool = False) -> str:
    """Return the result of `$string`: numbers have at most 15 digits, functions are empty texts."""
    if isinstance(value, str):
        return value
    plain = _simplify(value)
    if plain == "":
        return ""
    text = json.dumps(plain, indent=2, ensure_ascii=False) if indented else dump_json(plain)
    return _rewrite_numbers(text) if _EXPONENT.search(text) else text


def _rewrite_numbers(text: str) -> str:
    """Rewrite small numbers of a JSON text as in JavaScript: down to 0.000001 without an exponent."""
    return _STRING_OR_SMALL.sub(lambda part: _format_small(part[0]) if part["small"] else part[0], text)


def _format_small(number: str) -> str:
    mantissa, _, exponent = number.partition("e-")
    if int(exponent) >= _FIRST_EXPONENT:
        return f"{mantissa}e-{int(exponent)}"
    return f"{float(number):.{int(exponent) + len(mantissa.partition('.')[2])}f}"


def _simplify(value: Value) -> Json:
    if is_function(value):
        return ""
    if isinstance(value, Mapping):
        return {str(name): _simplify(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_simplify(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return _convert_number(float(f"{value:.{_DIGITS}g}"))
    return to_json(value)


def _convert_number(value: float) -> Json:
    """Return a number as in JavaScript; infinity, which JSON does not have, is a text on AWS."""
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_WRITTEN_OUT else _convert_to_double(value)
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "NaN" if math.isnan(value) else value


def _convert_to_double(value: int) -> Json:
    try:
        return float(value)
    except OverflowError:
        return "Infinity" if value > 0 else "-Infinity"
