"""Parses and evaluates calls of intrinsic functions, such as `States.Format('{}', $.a)`.

Source: "Intrinsic functions for JSONPath states in Step Functions" in the Developer Guide.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from stepfunctions_local.language.budget import Budget
from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, name_limit
from stepfunctions_local.language.json_text import InvalidJson, dump_json, parse_json
from stepfunctions_local.language.jsonpath.functions import FUNCTIONS, Function, InvalidArgument
from stepfunctions_local.language.jsonpath.path import MISSING, InvalidPath, Path, parse_path

MAX_CALLS: Final = 10
"""How many intrinsic functions one field may contain. Source: as above."""

_CHARACTERS_PER_STEP: Final = 100
_BITS_PER_STEP: Final = 256
"""How much of a text, or of an integer to be written, a function handles in the time of a step."""

_BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<name>States\.[A-Za-z0-9]+)\s*\(
    | '(?P<text>(?:[^'\\]|\\.)*)'
    | (?P<path>\$(?:[^\s,()\[\]']|{_BRACKETS})*)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>true|false|null)\b
    | (?P<sign>[,)])
    )\s*""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class InvalidIntrinsic(ValueError):
    """The text is not a call of an intrinsic function; the message says why."""


class _PathNotFound(Exception):
    """The path of an argument found nothing."""


@dataclass(frozen=True, slots=True)
class _Constant:
    """An argument that is written out."""

    value: Json

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class _PathArgument:
    """An argument that a path names."""

    path: Path

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value that the path names."""
        visit.budget.step()
        value = self.path.look_up(data, visit)
        if value is MISSING:
            raise _PathNotFound(self.path.text)
        return value


@dataclass(frozen=True, slots=True)
class _Call:
    """A function with its arguments."""

    function: Function
    arguments: "tuple[_Argument, ...]"

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the function's result for the evaluated arguments."""
        arguments = [argument.evaluate(data, visit) for argument in self.arguments]
        visit.budget.step()
        if self.function.passes:
            _spend_on_reading(arguments, self.function.passes, visit.budget)
        result = self.function.apply(arguments, visit)
        visit.budget.account(result)
        return result


_Argument: TypeAlias = _Constant | _PathArgument | _Call


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A parsed call, with its `text` and its field."""

    text: str
    call: _Call
    field: str

    @property
    def function_name(self) -> str:
        """The name of the outermost function."""
        return self.call.function.name

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the result of the call. Raises EvaluationFailed."""
        try:
            with name_limit(f"The function '{self.text}' specified for the field '{self.field}'"):
                return self.call.evaluate(data, visit)
        except _PathNotFound as error:
            reason = (
                f"The JsonPath argument for the field '{error}' "
                f"could not be found in the input '{dump_json(data)}'"
            )
            raise EvaluationFailed(self._explain(reason)) from error
        except InvalidArgument as error:
            raise EvaluationFailed(self._explain(str(error)), error="States.IntrinsicFailure") from error

    def _explain(self, reason: str) -> str:
        return f"The function '{self.text}' had the following error: {reason}"


def parse_intrinsic(text: str, field: str = "") -> Intrinsic:
    """Parse a call. Raises `InvalidIntrinsic`."""
    parser = _Parser(text)
    call = parser.parse_argument()
    if not isinstance(call, _Call) or not parser.is_at_end:
        raise InvalidIntrinsic(f"'{text}' is not one call of an intrinsic function.")
    return Intrinsic(text, call, field)


def _spend_on_reading(arguments: list[Json], passes: int, budget: Budget) -> None:
    """Count `passes` over all arguments before a function begins. Raises CutOff."""
    length = sum(len(argument) for argument in arguments if isinstance(argument, str))
    budget.allow_text(length)
    budget.spend_on_text(length, _CHARACTERS_PER_STEP)
    for argument in arguments:
        if isinstance(argument, (list, dict)):
            budget.spend_on_walking(argument, passes)
        elif isinstance(argument, int):
            budget.spend(argument.bit_length() // _BITS_PER_STEP)


class _Parser:
    """Parses a call from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._calls = 0

    @property
    def is_at_end(self) -> bool:
        """Whether the whole text is parsed."""
        return self._position == len(self._text)

    def parse_argument(self) -> _Argument:
        """Parse one argument."""
        token = self._take_token()
        match token.lastgroup:
            case "name":
                return self._parse_call(token)
            case "text":
                return _parse_text(token)
            case "path":
                return _parse_path_argument(token)
            case "number" | "word":
                return _parse_constant(token)
        raise InvalidIntrinsic(f"'{self._text}' lacks an argument before '{token[0]}'.")

    def _parse_call(self, token: re.Match[str]) -> _Argument:
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise InvalidIntrinsic(f"'{self._text}' nests more than {MAX_CALLS} intrinsic functions.")
        function = FUNCTIONS.get(token["name"])
        if function is None:
            raise InvalidIntrinsic(f"'{token['name']}' is not an intrinsic function.")
        arguments = self._parse_arguments()
        if not function.accepts(len(arguments)):
            raise InvalidIntrinsic(f"'{function.name}' does not take {len(arguments)} arguments.")
        return _Call(function, tuple(_unescape_arguments(function, arguments)))

    def _parse_arguments(self) -> list[_Argument]:
        arguments: list[_Argument] = []
        if self._text.startswith(")", self._position):
            self._take_token()
            return arguments
        while True:
            arguments.append(self.parse_argument())
            sign = self._take_token()["sign"]
            if sign == ")":
                return arguments
            if sign != ",":
                raise InvalidIntrinsic(f"'{self._text}' lacks a ',' or ')'.")

    def _take_token(self) -> re.Match[str]:
        token = _TOKEN.match(self._text, self._position)
        if token is None:
            rest = self._text[self._position :][:40]
            raise InvalidIntrinsic(f"'{self._text}' cannot be parsed from '{rest}' on.")
        self._position = token.end()
        return token


def _parse_text(token: re.Match[str]) -> _Argument:
    wrong = [escaped for escaped in _ESCAPE.findall(token["text"]) if escaped not in "'{}\\"]
    if wrong:
        raise InvalidIntrinsic(f"'\\{wrong[0]}' is not an escape; these are: \\' \\{{ \\}} \\\\.")
    return _Constant(token["text"])


def _parse_constant(token: re.Match[str]) -> _Argument:
    try:
        return _Constant(parse_json(token[0].strip()))
    except InvalidJson as error:
        raise InvalidIntrinsic(str(error)) from error


def _parse_path_argument(token: re.Match[str]) -> _Argument:
    try:
        return _PathArgument(parse_path(token["path"]))
    except InvalidPath as error:
        raise InvalidIntrinsic(str(error)) from error


def _unescape_arguments(function: Function, arguments: list[_Argument]) -> list[_Argument]:
    """Remove the escapes from string literals, unless the function reads them itself."""
    return [
        _Constant(_ESCAPE.sub(r"\1", argument.value))
        if isinstance(argument, _Constant)
        and isinstance(argument.value, str)
        and not (function.reads_escapes and index == 0)
        else argument
        for index, argument in enumerate(arguments)
    ]
