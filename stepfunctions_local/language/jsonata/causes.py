"""Writes values into the causes of errors as AWS writes JSON: numbers in Java's form, such as 0.0 and 1.0E16.

Source: Double.toString in the documentation of Java; AWS's endings for infinity, as recorded.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Final

from stepfunctions_local.language.evaluation import MAX_CAUSE_LENGTH
from stepfunctions_local.language.jsonata.value import NULL, Value, is_function

_LARGEST_INTEGER: Final = 2**63
"""Whole numbers from here on are doubles in Java."""

_DECIMAL_FROM, _DECIMAL_TO = 1e-3, 1e7
"""Java writes doubles between these without an exponent."""


def write_value(value: Value) -> str:
    """Return a value as JSON, no longer than a cause can be."""
    length, parts = 0, []
    for part in _write(value):
        parts.append(part)
        length += len(part)
        if length > MAX_CAUSE_LENGTH:
            break
    return "".join(parts)


def _write(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _write_members(value)
    elif isinstance(value, list):
        yield from _write_items(value)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= _LARGEST_INTEGER):
        yield _write_double(value)
    elif value is None or value is NULL:
        yield "null"
    elif is_function(value) or not isinstance(value, str | int):
        yield '"function"'
    else:
        yield json.dumps(value, ensure_ascii=False)


def _write_members(members: Mapping[str, Value]) -> Iterator[str]:
    for index, (name, member) in enumerate(members.items()):
        yield f"{',' if index else '{'}{json.dumps(str(name), ensure_ascii=False)}:"
        yield from _write(member)
    yield "}" if members else "{}"


def _write_items(items: list[Value]) -> Iterator[str]:
    for index, item in enumerate(items):
        yield "," if index else "["
        yield from _write(item)
    yield "]" if items else "[]"


def _write_double(value: float) -> str:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0 or _DECIMAL_FROM <= abs(number) < _DECIMAL_TO:
        return repr(number)
    return _write_scientific(number)


def _write_scientific(number: float) -> str:
    mantissa, _, exponent = f"{number:.16e}".partition("e")
    for digits in range(17):
        shorter, _, exponent = f"{number:.{digits}e}".partition("e")
        if float(f"{shorter}e{exponent}") == number:
            mantissa = shorter
            break
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}E{int(exponent)}"
