"""The functions that expressions can call: the library's, guarded, and those that are added or put right.

Source: "Transforming data with JSONata in Step Functions" in the Developer Guide. It has no `$eval` either.
"""

import hashlib
import math
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from stepfunctions_local.language.json_text import dump_json, parse_json
from stepfunctions_local.language.jsonata.budget import MAX_TEXT_LENGTH
from stepfunctions_local.language.jsonata.java_random import JavaRandom
from stepfunctions_local.language.jsonata.pattern import Pattern
from stepfunctions_local.language.jsonata.value import NULL, from_json, is_number, text_of, to_json

Value: TypeAlias = Any
"""What the library computes with."""

LEFT_OUT: Final = frozenset({"eval"})

_HASHES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_OTHER_BASES: Final = {"0x": 16, "0b": 2, "0o": 8}
_GROUP = re.compile(r"\$(\$|\d+)")

_LONGEST_PICTURE: Final = 1_000
"""The longest picture of a number or a date. Reading one can take as long as its length squared."""

_LONG: Final = 1_000
"""From so many items on, what takes them may be slow."""

_WIDE: Final = re.compile(r"\d{5}")
"""A width in the picture of a date that fills pages with spaces."""

_APPENDED_AT_A_TIME: Final = 20_000
"""As many items are copied in the time of a step."""


class Guarded(Jsonata.JFunction):
    """A function that counts what it takes and what it makes."""

    def __init__(self, function: Jsonata.JFunctionCallable, name: str) -> None:
        super().__init__(function, None)
        self.signature = getattr(function, "signature", None)
        self.function_name = name

    def call(self, input: Value, args: list[Value]) -> Value:  # noqa: A002  the library's name
        """Call it, within the budget."""
        valid = self._valid(args, input)
        budget = Jsonata.CURRENT.jsonata.budget
        budget.step()
        if any(isinstance(argument, list) and len(argument) > _LONG for argument in valid):
            budget.look()
        check = _CHECKS.get(self.function_name)
        if check:
            check(valid)
        try:
            result = self.function.call(input, valid)
        except JException as error:
            raise self._named(error, 1) from error
        budget.account(result)
        return result

    def get_number_of_args(self) -> int:
        """Answer how many arguments it can have."""
        return int(self.function.get_number_of_args())

    def validate(self, args: list[Value], context: Value) -> list[Value]:  # noqa: ARG002  the library's names
        """Leave that to the call: the library forgets it where `$map` and the like call."""
        return args

    def _valid(self, args: list[Value], context: Value) -> list[Value]:
        """Hold the arguments against the signature."""
        try:
            return list(super().validate(args, context))
        except JException as error:
            raise self._named(error, error.expected) from error

    def _named(self, error: JException, index: Value) -> JException:
        """Answer an error with the argument's index and the function's name, which the library can lack."""
        lacking = error.error == "T0411" or (error.error == "T0410" and error.current is None)
        return JException(error.error, error.location, index, self.function_name) if lacking else error


class Own(Jsonata.JFunction):
    """A function of this module, which is called with its arguments; absent ones are undefined."""

    def __init__(self, implementation: Callable[..., Value], signature: str, count: int) -> None:
        super().__init__(None, signature)
        self._implementation = implementation
        self._count = count

    def get_number_of_args(self) -> int:
        """Answer how many arguments it can have."""
        return self._count

    def call(self, _: Value, args: list[Value]) -> Value:
        """Call it."""
        return self._implementation(*args, *[None] * (self._count - len(args)))


def _budget() -> Any:  # noqa: ANN401
    return Jsonata.CURRENT.jsonata.budget


def _check_pictures(args: list[Value]) -> None:
    if any(isinstance(argument, str) and len(argument) > _LONGEST_PICTURE for argument in args):
        _budget().allow_text(MAX_TEXT_LENGTH + 1)


def _check_dates(args: list[Value]) -> None:
    _check_pictures(args)
    if any(isinstance(argument, str) and _WIDE.search(argument) for argument in args):
        _budget().allow_text(MAX_TEXT_LENGTH + 1)


def _check_padding(args: list[Value]) -> None:
    if len(args) > 1 and is_number(args[1]):
        _budget().allow_text(abs(args[1]))


def _check_joining(args: list[Value]) -> None:
    texts = [text for text in args[0] or () if isinstance(text, str)]
    separator = args[1] if len(args) > 1 and isinstance(args[1], str) else ""
    _budget().allow_text(sum(map(len, texts)) + len(texts) * len(separator))


def _check_spreading(args: list[Value]) -> None:
    if isinstance(args[0], list):
        _budget().spend(len(args[0]) ** 2 // _APPENDED_AT_A_TIME)


def _check_walking(args: list[Value]) -> None:
    weight, _ = _budget().weigh(args[0] if args else None)
    _budget().spend(weight // 8)


_CHECKS: Final[dict[str, Callable[[list[Value]], None]]] = {
    **dict.fromkeys(("formatNumber", "formatInteger", "parseInteger"), _check_pictures),
    **dict.fromkeys(("fromMillis", "now"), _check_dates),
    "toMillis": _check_pictures,
    "pad": _check_padding,
    "join": _check_joining,
    "spread": _check_spreading,
    **dict.fromkeys(("string", "boolean", "not", "clone", "distinct"), _check_walking),
}


def _string(value: Value, indented: Value) -> Value:
    return None if value is None else text_of(value, indented=bool(indented))


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
    try:
        return Functions.datetime_to_millis(text, picture)
    except ValueError as error:
        raise JException("D3110", -1, text) from error


def _format_number(value: Value, picture: Value, options: Value) -> Value:
    # A decimal is rounded as it is written; 34.555 as a double is a little less.
    exact = Decimal(repr(value)) if isinstance(value, float) and math.isfinite(value) else value
    return Functions.format_number(exact, picture, options)


def _decoded(name: str, decode: Callable[[str], str]) -> Callable[[Value], Value]:
    def decoded(text: Value) -> Value:
        try:
            return None if text is None else decode(text)
        except ValueError as error:
            raise JException("D3140", -1, name, text) from error

    return decoded


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
        _budget().step()
        unique.setdefault(dump_json(_comparable(item)), item)
    return list(unique.values())


def _comparable(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _comparable(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    plain = to_json(value)
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def _shuffle(items: Value) -> Value:
    if items is None:
        return None
    shuffled = list(items)
    Jsonata.CURRENT.jsonata.random.shuffle(shuffled)
    return shuffled


def _replace(text: Value, pattern: Value, replacement: Value, limit: Value) -> Value:
    if text is None:
        return None
    if pattern == "":
        raise JException("D3010", -1)
    if limit is not None and limit < 0:
        raise JException("D3011", -1)
    count = None if limit is None else math.ceil(limit)
    if count == 0:
        return text
    if isinstance(pattern, str):
        return _replaced_text(text, pattern, replacement, count)
    return _replaced_matches(text, pattern, replacement, count)


def _replaced_text(text: str, pattern: str, replacement: Value, count: int | None) -> str:
    found = text.count(pattern)
    number = found if count is None else min(found, count)
    if isinstance(replacement, str):
        _budget().allow_text(len(text) + number * (len(replacement) - len(pattern)))
        return text.replace(pattern, replacement, number)
    made = [_called(replacement, {"match": pattern, "start": 0, "groups": []}) for _ in range(number)]
    parts = text.split(pattern, number)
    return "".join(part for pair in zip(parts, [*made, ""], strict=True) for part in pair)


def _replaced_matches(text: str, pattern: Pattern, replacement: Value, count: int | None) -> str:
    length = len(text)

    def replaced(match: Any) -> str:  # noqa: ANN401
        nonlocal length
        if not match.group():
            raise JException("D1004", -1)
        made = _substituted(match, replacement)
        length += len(made)
        _budget().allow_text(length)
        _budget().step()
        return made

    return pattern.sub(replaced, text, count or 0)


def _substituted(match: Any, replacement: Value) -> str:  # noqa: ANN401
    groups = match.groups()
    if not isinstance(replacement, str):
        return _called(
            replacement,
            {"match": match.group(), "start": match.start(), "end": match.end(), "groups": list(groups)},
        )
    return _GROUP.sub(lambda place: _group(place[1], match.group(), groups), replacement)


def _group(name: str, whole: str, groups: tuple[str | None, ...]) -> str:
    """Answer what `$1` stands for; of `$12` the second digit is text where there are fewer groups."""
    if name == "$":
        return "$"
    digits = len(str(max(len(groups), 1)))
    number, rest = int(name[:digits]), name[digits:]
    if number == 0:
        return whole + rest
    return (groups[number - 1] or "" if number <= len(groups) else "") + rest


def _called(function: Value, match: dict[str, Value]) -> str:
    made = Functions.func_apply(function, [match])
    if not isinstance(made, str):
        raise JException("D3012", -1)
    return made


def _partition(items: Value, size: Value) -> Value:
    if items is None or size is None:
        return None
    if size < 1:
        raise JException(f"The size of a chunk must be 1 or more, not {dump_json(size)}")
    step = math.floor(size)
    return [items[start : start + step] for start in range(0, len(items), step)]


def _range(first: Value, last: Value, step: Value) -> Value:
    if first is None or last is None or step is None:
        return None
    if step == 0:
        raise JException("The step of a range must not be 0")
    count = math.floor((last - first) / step) + 1
    _budget().allow_items(count)
    return [first + index * step for index in range(max(count, 0))]


def _hash(content: Value, algorithm: Value) -> Value:
    if content is None:
        return None
    name = _HASHES.get(algorithm)
    if name is None:
        raise JException(f"'{algorithm}' is not an algorithm; these are: {', '.join(_HASHES)}")
    text = text_of(content).encode(errors="replace")
    return hashlib.new(name, text, usedforsecurity=False).hexdigest()


def _random(seed: Value) -> Value:
    if seed is None:
        return Jsonata.CURRENT.jsonata.random.random()
    return JavaRandom(int(seed)).next_double()


def _uuid() -> Value:
    return str(uuid.UUID(int=Jsonata.CURRENT.jsonata.random.getrandbits(128), version=4))


def _parse(text: Value) -> Value:
    return None if text is None else from_json(parse_json(text))


_OWN: Final = {
    "string": Own(_string, "<x-b?:s>", 2),
    "number": Own(_number, "<(nsb)-:n>", 1),
    "power": Own(_power, "<n-n:n>", 2),
    "toMillis": Own(_to_millis, "<s-s?:n>", 2),
    "formatNumber": Own(_format_number, "<n-so?:s>", 3),
    "decodeUrl": Own(_decoded("decodeUrl", Functions.decode_url), "<s-:s>", 1),
    "decodeUrlComponent": Own(_decoded("decodeUrlComponent", Functions.decode_url_component), "<s-:s>", 1),
    "sort": Own(_sort, "<af?:a>", 2),
    "distinct": Own(_distinct, "<x:x>", 1),
    "shuffle": Own(_shuffle, "<a:a>", 1),
    "replace": Own(_replace, "<s-(sf)(sf)n?:s>", 4),
    "partition": Own(_partition, "<an:a>", 2),
    "range": Own(_range, "<nnn:a>", 3),
    "hash": Own(_hash, "<xs:s>", 2),
    "random": Own(_random, "<n?:n>", 1),
    "uuid": Own(_uuid, "<:s>", 0),
    "parse": Own(_parse, "<s-:x>", 1),
}


def function_frame() -> Jsonata.Frame:
    """Make the frame in which every expression finds its functions."""
    frame = Jsonata.Frame(None)
    library = {name: value for name, value in Jsonata.static_frame.bindings.items() if name not in LEFT_OUT}
    for name, function in (library | _OWN).items():
        frame.bind(name, Guarded(function, name))
    return frame
