"""Writes values into the causes of errors as AWS writes JSON, with numbers in Java's form."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Final

from stepfunctions_local.language.evaluation import MAX_CAUSE_LENGTH
from stepfunctions_local.language.java_double import format_double
from stepfunctions_local.language.jsonata.value import NULL, Value, is_function

_LARGEST_INTEGER: Final = 2**63
"""Whole numbers from here on are doubles in Java."""


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
        return format_double(float(value))
    except OverflowError:
        return format_double(math.inf if value > 0 else -math.inf)
