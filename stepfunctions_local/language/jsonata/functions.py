"""The functions that expressions can call: the library's, guarded, and those added or corrected here.

Source: "Transforming data with JSONata in Step Functions" in the Developer Guide. It has no `$eval` either.
"""

import math
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import FunctionType, SimpleNamespace
from typing import Final, Self

from jsonata import datetimeutils
from jsonata.datetimeutils import DateTimeUtils
from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.regex_engine import RegexFlags
from jsonata.utils import Utils

from stepfunctions_local.language.digest import ALGORITHMS, digest_text
from stepfunctions_local.language.json_text import InvalidJson, dump_json, parse_json
from stepfunctions_local.language.jsonata.guard import Guarded, get_current_budget
from stepfunctions_local.language.jsonata.java_random import JavaRandom
from stepfunctions_local.language.jsonata.pattern import compile_pattern
from stepfunctions_local.language.jsonata.replacement import replace
from stepfunctions_local.language.jsonata.value import NULL, Value, from_json, is_number, to_json, to_text

LEFT_OUT: Final = frozenset({"eval"})

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_ANY_CASE: Final = RegexFlags(case_insensitive=True)
_BOUNDED_RE: Final = SimpleNamespace(
    compile=lambda pattern, _: compile_pattern(pattern, _ANY_CASE), IGNORECASE=re.IGNORECASE
)


class _EvaluationDatetime(datetime):
    """A moment whose present is the evaluation's, not this computer's."""

    @classmethod
    def utcnow(cls) -> Self:
        """Return the time of the evaluation that is running in this thread, without a time zone."""
        milliseconds: int = Jsonata.CURRENT.jsonata.timestamp
        return cls.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


_DATETIME: Final = SimpleNamespace(datetime=_EvaluationDatetime, timedelta=timedelta, timezone=timezone)
_parse_datetime: Final = FunctionType(
    DateTimeUtils.parse_datetime.__code__, {**vars(datetimeutils), "datetime": _DATETIME, "re": _BOUNDED_RE}
)
"""The library's parser of dates. It makes the picture a pattern, which could search for years; this one's
search has a time limit. It fills in what the picture lacks, such as the day, from the present."""

_OTHER_BASES: Final = {"0x": 16, "0b": 2, "0o": 8}


class OwnFunction(Jsonata.JFunction):
    """A function of this module. Absent arguments are undefined."""

    def __init__(self, implementation: Callable[..., Value], signature: str, count: int) -> None:
        super().__init__(None, signature)
        self._implementation = implementation
        self._count = count

    def get_number_of_args(self) -> int:
        """Return the largest number of arguments."""
        return self._count

    def call(self, _: Value, args: list[Value]) -> Value:
        """Return the function's result."""
        return self._implementation(*args, *[None] * (self._count - len(args)))


def _string(value: Value, indented: Value) -> Value:
    return None if value is None else to_text(value, indented=bool(indented))


def _number(value: Value) -> Value:
    if value is None or is_number(value):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Utils.convert_number(float(value))
    if value is NULL:
        raise JException("T0410", -1)
    try:
        return int(value[2:], _OTHER_BASES[value[:2].lower()])
    except (KeyError, ValueError, TypeError) as error:
        raise JException("D3030", -1, value) from error


def _power(base: Value, exponent: Value) -> Value:
    if base is None or exponent is None:
        return None
    try:
        result = math.pow(base, exponent)
    except (OverflowError, ValueError) as error:
        raise JException("D3061", -1, base, exponent) from error
    return int(result) if result.is_integer() else result


def _to_millis(text: Value, picture: Value) -> Value:
    if text is not None and picture is not None:
        return _parse_datetime(text, picture)
    try:
        return Functions.datetime_to_millis(text, picture)
    except ValueError as error:
        raise JException("D3110", -1, text) from error


def _parse_integer(text: Value, picture: Value) -> Value:
    try:
        return Functions.parse_integer(text, picture)
    except (LookupError, ValueError):
        return math.nan


def _spread(value: Value) -> Value:
    """Return an object for each member; the library copies the array for each of its items."""
    spread = Utils.create_sequence()
    if not isinstance(value, list):
        return Functions.spread(value)
    for item in value:
        part = Functions.spread(item) if isinstance(item, dict) else _spread(item)
        spread.extend(part if isinstance(part, list) else [] if part is None else [part])
    return spread


def _format_number(value: Value, picture: Value, options: Value) -> Value:
    # A Decimal is rounded by its digits; 34.555 as a double is slightly less.
    exact = Decimal(repr(value)) if isinstance(value, float) and math.isfinite(value) else value
    return Functions.format_number(exact, picture, options)


def _build_converter(name: str, convert: Callable[[str], str]) -> Callable[[Value], Value]:
    def convert_or_raise(text: Value) -> Value:
        try:
            return None if text is None else convert(text)
        except ValueError as error:
            raise JException("D3140", -1, name, text) from error

    return convert_or_raise


def _sort(items: Value, comparator: Value) -> Value:
    kinds = {type(item) if not is_number(item) else float for item in items or ()}
    if comparator is None and not (len(kinds) <= 1 and kinds <= {str, float}):
        raise JException("D3070", -1)
    return Functions.sort(items, comparator)


def _distinct(items: Value) -> Value:
    if not isinstance(items, list):
        return items
    unique: dict[str, Value] = {}
    for item in items:
        get_current_budget().step()
        unique.setdefault(dump_json(_normalize(item)), item)
    return list(unique.values())


def _normalize(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _normalize(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_normalize(item) for item in value]
    plain = to_json(value)
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def _shuffle(items: Value) -> Value:
    if items is None:
        return None
    shuffled = list(items)
    Jsonata.CURRENT.jsonata.random.shuffle(shuffled)
    return shuffled


def _partition(items: Value, size: Value) -> Value:
    if items is None or size is None:
        return None
    if size < 1:
        raise JException(f"The size of a chunk must be 1 or more, not {dump_json(size)}")
    step = math.floor(size)
    get_current_budget().spend(len(items) // step)
    return [items[start : start + step] for start in range(0, len(items), step)]


def _range(first: Value, last: Value, step: Value) -> Value:
    if first is None or last is None or step is None:
        return None
    if step == 0:
        raise JException("The step of a range must not be 0")
    count = math.floor((last - first) / step) + 1
    get_current_budget().allow_items(count)
    return [Utils.convert_number(first + index * step) for index in range(max(count, 0))]


def _hash(content: Value, algorithm: Value) -> Value:
    if content is None:
        return None
    if algorithm not in ALGORITHMS:
        raise JException(f"'{algorithm}' is not an algorithm; these are: {', '.join(ALGORITHMS)}")
    return digest_text(to_text(content), algorithm)


def _random(seed: Value) -> Value:
    if seed is None:
        return Jsonata.CURRENT.jsonata.random.random()
    return JavaRandom(int(seed)).next_double()


def _uuid() -> Value:
    return str(uuid.UUID(int=Jsonata.CURRENT.jsonata.random.getrandbits(128), version=4))


def _parse(text: Value) -> Value:
    try:
        return None if text is None else from_json(parse_json(text))
    except InvalidJson as error:
        raise JException("The argument of the parse function must be a valid JSON text") from error


_OWN: Final = {
    "string": OwnFunction(_string, "<x-b?:s>", 2),
    "number": OwnFunction(_number, "<(nsb)-:n>", 1),
    "power": OwnFunction(_power, "<n-n:n>", 2),
    "toMillis": OwnFunction(_to_millis, "<s-s?:n>", 2),
    "formatNumber": OwnFunction(_format_number, "<n-so?:s>", 3),
    **{
        name: OwnFunction(_build_converter(name, convert), "<s-:s>", 1)
        for name, convert in (
            ("decodeUrl", Functions.decode_url),
            ("decodeUrlComponent", Functions.decode_url_component),
            ("encodeUrl", Functions.encode_url),
            ("encodeUrlComponent", Functions.encode_url_component),
        )
    },
    "parseInteger": OwnFunction(_parse_integer, "<s-s:n>", 2),
    "spread": OwnFunction(_spread, "<x-:a<o>>", 1),
    "sort": OwnFunction(_sort, "<af?:a>", 2),
    "distinct": OwnFunction(_distinct, "<x:x>", 1),
    "shuffle": OwnFunction(_shuffle, "<a:a>", 1),
    "replace": OwnFunction(replace, "<s-(sf)(sf)n?:s>", 4),
    "partition": OwnFunction(_partition, "<an:a>", 2),
    "range": OwnFunction(_range, "<nnn:a>", 3),
    "hash": OwnFunction(_hash, "<xs:s>", 2),
    "random": OwnFunction(_random, "<n?:n>", 1),
    "uuid": OwnFunction(_uuid, "<:s>", 0),
    "parse": OwnFunction(_parse, "<s-:x>", 1),
}


def build_function_frame() -> Jsonata.Frame:
    """Build the frame in which every expression finds its functions."""
    frame = Jsonata.Frame(None)
    library = {name: value for name, value in Jsonata.static_frame.bindings.items() if name not in LEFT_OUT}
    for name, function in (library | _OWN).items():
        frame.bind(name, Guarded(function, name))
    return frame
