"""The intrinsic functions.

Source: "Intrinsic functions for JSONPath states in Step Functions" in the Developer Guide.
"""

import base64
import binascii
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.digest import ALGORITHMS, digest_text
from stepfunctions_local.language.json_text import InvalidJson, dump_json, parse_json
from stepfunctions_local.language.jsonpath.java_text import to_java_text

MAX_TEXT_LENGTH: Final = 10_000
"""The longest input of Base64Encode, Base64Decode and Hash, in characters."""

MAX_RANGE_LENGTH: Final = 1_000
"""The longest array that ArrayRange returns."""

MAX_INTEGER: Final = 2**31 - 1
"""The largest integer that MathAdd and MathRandom accept; the smallest is `-MAX_INTEGER - 1`."""

_PLACEHOLDER = re.compile(r"\{\}|\\(.)", re.DOTALL)

Arguments: TypeAlias = list[Json]


class InvalidArgument(ValueError):
    """The arguments do not suit the function; the message says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """An intrinsic function, which accepts from `fewest` to `most` arguments.

    With `reads_escapes`, a string literal as its first argument keeps its backslashes.
    It passes over the values in its arguments as often as `passes`; 0 is for none, whatever their size.
    """

    name: str
    apply: Callable[[Arguments, Visit], Json]
    fewest: int
    most: int | None
    reads_escapes: bool = False
    passes: int = 1

    def accepts(self, count: int) -> bool:
        """Whether the function can be called with this number of arguments."""
        return self.fewest <= count and (self.most is None or count <= self.most)


def _format(arguments: Arguments, _: Visit) -> Json:
    template, values = _require_text(arguments[0]), iter(arguments[1:])
    count = sum(match[0] == "{}" for match in _PLACEHOLDER.finditer(template))
    if count != len(arguments) - 1:
        raise InvalidArgument(f"The template has {count} placeholders for {len(arguments) - 1} arguments.")
    return _PLACEHOLDER.sub(lambda match: match[1] or to_java_text(next(values)), template)


def _string_to_json(arguments: Arguments, _: Visit) -> Json:
    text = _require_text(arguments[0])
    if not text.strip(" \t\r\n"):
        # As recorded on AWS: a text without a value is null.
        return None
    try:
        return parse_json(text)
    except InvalidJson as error:
        raise InvalidArgument(f"The string is not JSON: {error}") from error


def _json_to_string(arguments: Arguments, _: Visit) -> Json:
    return dump_json(arguments[0])


def _array(arguments: Arguments, _: Visit) -> Json:
    return arguments


def _array_partition(arguments: Arguments, _: Visit) -> Json:
    items, size = _require_items(arguments[0]), _round(arguments[1])
    if size < 1:
        raise InvalidArgument(f"The size of a chunk must be 1 or more, not {size}.")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _array_contains(arguments: Arguments, _: Visit) -> Json:
    sought = _canonicalize(arguments[1])
    return any(_canonicalize(item) == sought for item in _require_items(arguments[0]))


def _array_range(arguments: Arguments, _: Visit) -> Json:
    first, last, step = (_require_int32(argument) for argument in arguments)
    if step == 0:
        raise InvalidArgument("The step must not be 0.")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > MAX_RANGE_LENGTH:
        raise InvalidArgument(f"The range has {len(numbers)} items; at most {MAX_RANGE_LENGTH} are allowed.")
    return list(numbers)


def _array_get_item(arguments: Arguments, _: Visit) -> Json:
    items, index = _require_items(arguments[0]), _round(arguments[1])
    if not 0 <= index < len(items):
        raise InvalidArgument(f"The index {index} is outside of an array of {len(items)} items.")
    return items[index]


def _array_length(arguments: Arguments, _: Visit) -> Json:
    return len(_require_items(arguments[0]))


def _array_unique(arguments: Arguments, _: Visit) -> Json:
    unique: dict[str, Json] = {}
    for item in _require_items(arguments[0]):
        unique.setdefault(_canonicalize(item), item)
    return list(unique.values())


def _base64_encode(arguments: Arguments, _: Visit) -> Json:
    return base64.b64encode(_require_bounded_text(arguments[0]).encode(errors="replace")).decode("ascii")


def _base64_decode(arguments: Arguments, _: Visit) -> Json:
    try:
        # AWS accepts text without padding; superfluous padding is ignored.
        decoded = base64.b64decode(_require_bounded_text(arguments[0]).encode(errors="replace") + b"==")
    except binascii.Error as error:
        raise InvalidArgument(f"The string is not Base64: {error}.") from error
    return decoded.decode(errors="replace")


def _hash(arguments: Arguments, _: Visit) -> Json:
    algorithm = _require_text(arguments[1])
    if algorithm not in ALGORITHMS:
        raise InvalidArgument(f"'{algorithm}' is not an algorithm; these are: {', '.join(ALGORITHMS)}.")
    content = _require_bounded_text(
        arguments[0] if isinstance(arguments[0], str) else dump_json(arguments[0])
    )
    return digest_text(content, algorithm)


def _json_merge(arguments: Arguments, _: Visit) -> Json:
    first, second, deep = arguments
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise InvalidArgument("Only two objects can be merged.")
    if deep is not False:
        raise InvalidArgument(
            "Deep merging is not supported by Step Functions; the third argument must be false."
        )
    return first | second


def _math_random(arguments: Arguments, visit: Visit) -> Json:
    start, end = _require_int32(arguments[0]), _require_int32(arguments[1])
    if start >= end:
        raise InvalidArgument(f"The start {start} must be less than the end {end}.")
    seeded = len(arguments) > 2  # noqa: PLR2004  start, end, and the seed
    dice = Random(_round(arguments[2])) if seeded else visit.random  # noqa: S311  no secret
    return dice.randrange(start, end)


def _math_add(arguments: Arguments, _: Visit) -> Json:
    return _require_int32(_require_int32(arguments[0]) + _require_int32(arguments[1]))


def _string_split(arguments: Arguments, _: Visit) -> Json:
    text, delimiters = _require_text(arguments[0]), _require_text(arguments[1])
    if not delimiters:
        return [text]
    return [part for part in re.split(f"[{re.escape(delimiters)}]", text) if part]


def _uuid(_: Arguments, visit: Visit) -> Json:
    return str(uuid.UUID(int=visit.random.getrandbits(128), version=4))


def _require_text(value: Json) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{_abbreviate(value)} is not a string.")
    return value


def _require_bounded_text(value: Json) -> str:
    text = _require_text(value)
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidArgument(f"The input has {len(text)} characters; at most {MAX_TEXT_LENGTH} are allowed.")
    return text


def _require_items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidArgument(f"{_abbreviate(value)} is not an array.")
    return value


def _round(value: Json) -> int:
    """Return the nearest integer, with halves rounded up, as on AWS. Raises InvalidArgument."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidArgument(f"{_abbreviate(value)} is not a number.")
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _require_int32(value: Json) -> int:
    number = _round(value)
    if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise InvalidArgument(f"{_abbreviate(value)} does not fit into 32 bits.")
    return number


def _abbreviate(value: Json) -> str:
    return dump_json(value)[:80]


def _canonicalize(value: Json) -> str:
    """Return a text that is the same for two values if and only if they are equal as JSON."""
    return dump_json(_order(value))


def _order(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_order(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("States.Format", _format, 1, None, reads_escapes=True),
        Function("States.StringToJson", _string_to_json, 1, 1),
        Function("States.JsonToString", _json_to_string, 1, 1),
        Function("States.Array", _array, 0, None, passes=0),
        Function("States.ArrayPartition", _array_partition, 2, 2),
        Function("States.ArrayContains", _array_contains, 2, 2, passes=3),
        Function("States.ArrayRange", _array_range, 3, 3),
        Function("States.ArrayGetItem", _array_get_item, 2, 2, passes=0),
        Function("States.ArrayLength", _array_length, 1, 1, passes=0),
        Function("States.ArrayUnique", _array_unique, 1, 1, passes=3),
        Function("States.Base64Encode", _base64_encode, 1, 1),
        Function("States.Base64Decode", _base64_decode, 1, 1),
        Function("States.Hash", _hash, 2, 2),
        Function("States.JsonMerge", _json_merge, 3, 3),
        Function("States.MathRandom", _math_random, 2, 3),
        Function("States.MathAdd", _math_add, 2, 2),
        Function("States.StringSplit", _string_split, 2, 2),
        Function("States.UUID", _uuid, 0, 0),
    )
}
