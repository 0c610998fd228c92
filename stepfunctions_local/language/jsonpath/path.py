"""Paths into a JSON document, in the JSONPath of the Amazon States Language.

Most paths are plain, with names and indexes only, and are followed here. All others are queries of a general
library; constructs whose cost cannot be bounded are refused.

Source: "Using JSONPath paths" and "Passing data between states with variables" in the Developer Guide; the
errors for paths without a result are as recorded on AWS.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.json_text import MAX_DEPTH, dump_json
from stepfunctions_local.language.jsonpath.query_filter import QUOTED, InvalidQuery, check_filter

if TYPE_CHECKING:
    from stepfunctions_local.language.jsonpath.query import Query


class Absence(Enum):
    """The result of a look-up that finds nothing, which differs from null."""

    MISSING = "missing"


MISSING: Final = Absence.MISSING
Missing: TypeAlias = Literal[Absence.MISSING]

Step: TypeAlias = str | int

_NAME = r"(?:[^\s.\[\](){}*'\",:?\\]|\\.)+"
_INDEX = r"-?\d{1,9}"
_STEP = re.compile(
    rf"""
      \.(?P<name>{_NAME})
    | \[\s*(?P<index>{_INDEX})\s*\]
    | \[\s*(?P<quoted>{QUOTED})\s*\]
    | (?P<wildcard>\.\*|\[\s*\*\s*\])
    | (?P<brackets>\[\s*(?:{_INDEX})?\s*:\s*(?:{_INDEX})?\s*\]        # a slice
                 | \[\s*{_INDEX}(?:\s*,\s*{_INDEX})+\s*\]             # several indexes
                 | \[\?(?:[^\[\]'"]|{QUOTED}|\[(?:[^\[\]'"]|{QUOTED})*\])*\])   # a filter
    | \.\.(?P<descent>{_NAME}|\*|(?=\[))
    """,
    re.VERBOSE,
)


_CONTEXT: Final = "$"
"""The variable of the context object: its paths start with `$$`."""

_ROOT = re.compile(r"\$(?P<variable>\$|[^\W\d_]\w*)?")


class InvalidPath(ValueError):
    """The text is not a path; the message says why."""


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path.

    It starts in the data of a look-up, unless it names a `variable`. A path with a `query` can find any
    number of values and therefore returns a list, empty if it finds nothing.
    """

    text: str
    steps: tuple[Step, ...]
    variable: str | None = None
    query: "Query | None" = None

    @property
    def starts_in_data(self) -> bool:
        """Whether the path starts in the data of a look-up, not in a variable."""
        return self.variable is None

    def look_up(self, data: Json, visit: Visit) -> Json | Missing:
        """Return the value that the path names, or MISSING.

        Raises EvaluationFailed if a query would take too long.
        """
        start = data if self.variable is None else _find_start(self.variable, visit)
        if self.query is None or start is MISSING:
            return walk(start, self.steps)
        return self.query.find_all(start)

    def explain_absence(self, data: Json, visit: Visit) -> str:
        """Return AWS's reason for a look-up that found nothing."""
        start = data if self.variable is None else _find_start(self.variable, visit)
        for position in range(1, len(self.steps)):
            if walk(start, self.steps[:position]) is MISSING:
                return f"Missing property in path {_format_canonical(self.steps[:position])}"
        return f"No results for path: {_format_canonical(self.steps)}"


def _find_start(variable: str, visit: Visit) -> Json | Missing:
    return dict(visit.context()) if variable == _CONTEXT else visit.variables.get(variable, MISSING)


def walk(value: Json | Missing, steps: tuple[Step, ...]) -> Json | Missing:
    """Return the value that names and indexes lead to, or MISSING."""
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return MISSING
            value = value[step]
        else:
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return MISSING
            value = value[step]
    return value


def parse_path(text: str) -> Path:
    """Parse a path. Raises `InvalidPath`."""
    root = _ROOT.match(text)
    if root is None:
        raise InvalidPath(f"'{text}' does not start with '$'.")
    tokens = _tokenize(text[root.end() :], text)
    steps = tuple(step for step in map(_parse_plain_step, tokens) if step is not None)
    if len(steps) == len(tokens):
        return Path(text, steps, root["variable"])
    return Path(text, (), root["variable"], _build_query(tokens, text))


def parse_reference_path(text: str, *, allow_context: bool = False) -> Path:
    """Parse a path that can name one value only, in the input or a variable. Raises `InvalidPath`."""
    path = _parse_plain(text)
    if path.variable == _CONTEXT and not allow_context:
        raise _build_refusal(text)
    return path


def parse_input_path(text: str) -> Path:
    """Parse a path that can name one value only, in the input. Raises `InvalidPath`."""
    path = _parse_plain(text)
    if not path.starts_in_data:
        raise _build_refusal(text)
    return path


def _parse_plain(text: str) -> Path:
    try:
        path = parse_path(text)
    except InvalidPath as error:
        raise InvalidPath(f"Value is not a Reference Path: {error}") from error
    if path.query:
        raise _build_refusal(text)
    return path


def _build_refusal(text: str) -> InvalidPath:
    return InvalidPath(f"Value is not a Reference Path: '{text}' must name one place in the state's input.")


def _tokenize(rest: str, text: str) -> list[re.Match[str]]:
    tokens = []
    position = 0
    while position < len(rest):
        token = _STEP.match(rest, position)
        if token is None:
            raise InvalidPath(f"'{text}' cannot be parsed from '{rest[position:][:40]}' on.")
        tokens.append(token)
        position = token.end()
    if len(tokens) > MAX_DEPTH:
        raise InvalidPath(f"The path has {len(tokens)} steps; at most {MAX_DEPTH} are allowed.")
    return tokens


def _parse_plain_step(token: re.Match[str]) -> Step | None:
    if token["index"]:
        return int(token["index"])
    if token["name"]:
        return _unescape(token["name"])
    return _unescape(token["quoted"][1:-1]) if token["quoted"] else None


def _build_query(tokens: list[re.Match[str]], text: str) -> "Query":
    from stepfunctions_local.language.jsonpath.query import Query  # noqa: PLC0415 - slow, and rarely needed

    try:
        return Query("$" + "".join(map(_translate, tokens)))
    except InvalidQuery as error:
        raise InvalidPath(f"'{text}' is not supported: {error}") from error


def _translate(token: re.Match[str]) -> str:
    descent = token["descent"]
    if descent is not None:
        return f"..{'[*]' if descent == '*' else _bracket(_unescape(descent)) if descent else ''}"
    if token["wildcard"]:
        return "[*]"
    brackets = token["brackets"]
    if brackets is None:
        return _bracket(_parse_plain_step(token))
    if brackets.startswith("[?"):
        check_filter(brackets)
    return brackets


def _bracket(step: Step | None) -> str:
    return f"[{dump_json(step)}]"


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def _format_canonical(steps: tuple[Step, ...]) -> str:
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)
