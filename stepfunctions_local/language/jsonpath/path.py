"""Paths into a JSON document, in the JSONPath of the Amazon States Language.

Most paths are plain, with names and indexes only, and are followed here. Others are searches, see `query`.

Source: "Using JSONPath paths" and "Passing data between states with variables" in the Developer Guide; the
errors for paths without a result are as recorded on AWS.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.json_text import MAX_DEPTH
from stepfunctions_local.language.jsonpath.grammar import InvalidPath, parse_steps
from stepfunctions_local.language.jsonpath.query import Inapplicable, Index, Member, NotFound, Steps, find

__all__ = ["MISSING", "InvalidPath", "Missing", "Path", "Step", "parse_path", "walk"]


class Absence(Enum):
    """The result of a look-up that finds nothing, which differs from null."""

    MISSING = "missing"


MISSING: Final = Absence.MISSING
Missing: TypeAlias = Literal[Absence.MISSING]

Step: TypeAlias = str | int

NULL_INPUT: Final = "Unable to apply Path transformation to null or empty input."
"""AWS's reason for a path into data that are null. Source: awslabs/states-language, issue 29."""

_CONTEXT: Final = "$"
"""The variable of the context object: its paths start with `$$`."""

_ROOT = re.compile(r"\$(?P<variable>\$|[^\W\d_]\w*)?(?=[.\[]|$)")

_BLANKS: Final = "".join(map(chr, range(ord(" ") + 1)))
"""The characters that AWS removes from the end of a path."""


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path.

    It starts in the data of a look-up, unless it names a `variable`. `steps` are those of a plain path, with
    names and indexes only; any other path has a `query`.
    """

    text: str
    steps: tuple[Step, ...]
    variable: str | None = None
    query: Steps = ()

    @property
    def starts_in_data(self) -> bool:
        """Whether the path starts in the data of a look-up, not in a variable."""
        return self.variable is None

    def look_up(self, data: Json, visit: Visit) -> Json | Missing:
        """Return the value that the path names, or MISSING. Most queries return a list.

        Raises EvaluationFailed if the data are null, or if a query would take too long.
        """
        start = self._find_start(data, visit)
        if not self.query or start is MISSING:
            return walk(start, self.steps)
        try:
            return find(self.query, start, visit.budget)
        except (NotFound, Inapplicable):
            return MISSING

    def explain_absence(self, data: Json, visit: Visit) -> str:
        """Return AWS's reason for a look-up that found nothing."""
        start = self._find_start(data, visit)
        try:
            find(self.query or _to_query(self.steps), {} if start is MISSING else start, visit.budget)
        except (NotFound, Inapplicable) as error:
            return str(error)
        return f"No results for path: {self.text}"

    def _find_start(self, data: Json, visit: Visit) -> Json | Missing:
        if self.variable is not None:
            return _find_variable(self.variable, visit)
        if data is None:
            raise EvaluationFailed(NULL_INPUT)
        return data


def _find_variable(variable: str, visit: Visit) -> Json | Missing:
    return dict(visit.context()) if variable == _CONTEXT else visit.variables.get(variable, MISSING)


def walk(value: Json | Missing, steps: tuple[Step, ...]) -> Json | Missing:
    """Return the value that names and indexes lead to, or MISSING. A negative index leads to nothing."""
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return MISSING
            value = value[step]
        else:
            if not isinstance(value, list) or not 0 <= step < len(value):
                return MISSING
            value = value[step]
    return value


def parse_path(text: str) -> Path:
    """Parse a path. Raises `InvalidPath`."""
    bare = text.rstrip(_BLANKS)
    root = _ROOT.match(bare)
    if root is None:
        fault = "has neither a dot nor a bracket after" if text.startswith("$") else "does not start with"
        raise InvalidPath(f"'{text}' {fault} '$'.")
    query = _parse_query(bare[root.end() :], text)
    steps = tuple(_to_plain(step) for step in query if isinstance(step, Member | Index))
    if len(steps) == len(query):
        return Path(text, steps, root["variable"])
    return Path(text, (), root["variable"], query)


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


def _parse_query(rest: str, text: str) -> Steps:
    try:
        query = parse_steps(rest)
    except InvalidPath as error:
        raise InvalidPath(f"'{text}' cannot be parsed. {error}") from error
    if len(query) > MAX_DEPTH:
        raise InvalidPath(f"The path has {len(query)} steps; at most {MAX_DEPTH} are allowed.")
    return query


def _to_plain(step: Member | Index) -> Step:
    return step.name if isinstance(step, Member) else step.index


def _to_query(steps: tuple[Step, ...]) -> Steps:
    return tuple(Member(step) if isinstance(step, str) else Index(step) for step in steps)
