"""Parses and evaluates the JSONata expression of a field."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from types import ModuleType
from typing import Any, Final

from stepfunctions_local.language.budget import TOO_DEEP, TOO_LARGE, CutOff
from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.evaluation import QUERY_EVALUATION, EvaluationFailed
from stepfunctions_local.language.jsonata.references import (
    find_members_of_states,
    find_references_to_document,
    find_variables,
)
from stepfunctions_local.language.variable import STATES

INVALID: Final = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED: Final = "UNSUPPORTED_JSONATA_EXPRESSION"

RESULT: Final = "result"
ERROR_OUTPUT: Final = "errorOutput"

_OPENING, _CLOSING = "{%", "%}"


class Scope:
    """The variables of the expressions of one decision.

    `outcome` is the member of `$states` that only some fields have: `result` or `errorOutput`.
    """

    __slots__ = ("_outcome", "visit")

    def __init__(self, visit: Visit, outcome: Mapping[str, Json] | None = None) -> None:
        self.visit = visit
        self._outcome = outcome or {}

    def bind_variables(self, expression: "Expression") -> dict[str, Any]:
        """Return the variables that an expression names, as values of the library."""
        known = self.visit.variables
        named = {name: self._convert(name, known[name]) for name in expression.variables if name in known}
        if STATES in expression.variables:
            named[STATES] = {
                name: self._convert(f"{STATES}.{name}", value)
                for name, value in self._build_states(expression.members).items()
            }
        return named

    def _build_states(self, members: Collection[str] | None) -> dict[str, Json]:
        states: dict[str, Json] = {"input": self.visit.input, **self._outcome}
        if members is None or "context" in members:
            states["context"] = dict(self.visit.context())
        return {name: value for name, value in states.items() if members is None or name in members}

    def _convert(self, name: str, value: Json) -> Any:
        converted = self.visit.converted
        if name not in converted:
            self.visit.budget.spend_on_walking(value)
            converted[name] = _import_library().from_json(value)
        return converted[name]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. `field` is its path in the state, such as `Output/total`."""

    text: str
    field: str
    tree: Any = dataclass_field(repr=False, compare=False)
    variables: frozenset[str]
    members: frozenset[str] | None

    def evaluate(self, scope: Scope) -> Json:
        """Return the result. Raises EvaluationFailed."""
        library = _import_library()
        try:
            value: Json = library.evaluate(self.tree, scope.bind_variables(self), scope.visit)
        except library.Undefined as error:
            raise self.build_error(" returned nothing (undefined).") from error
        except library.EvaluationError as error:
            raise self.build_error(f" threw an error during evaluation{error}") from error
        except library.InternalError as error:
            raise self.build_error(" threw an internal error during evaluation.") from error
        except (CutOff, RecursionError, MemoryError) as error:
            raise self.build_error(f" threw an error during evaluation: {_describe_limit(error)}") from error
        return value

    def evaluate_as(self, kind: str, scope: Scope) -> Json:
        """Return a result of the given type. Raises EvaluationFailed."""
        value = self.evaluate(scope)
        if not is_of_kind(kind, value):
            raise self.build_error(
                f" returned an unexpected result type. Expected '{kind}', but was '{name_kind(value)}' "
                f"for value: {_import_library().write_value(value)}"
            )
        return value

    def evaluate_integer(self, visit: Visit, *, minimum: int, maximum: int) -> int:
        """Return a whole number within bounds. Raises EvaluationFailed."""
        return int(self.evaluate_number(visit, "integer", minimum=minimum, maximum=maximum))

    def evaluate_number(self, visit: Visit, kind: str, *, minimum: int, maximum: int) -> float:
        """Return a number within bounds. Raises EvaluationFailed."""
        value = self.evaluate_as(kind, Scope(visit))
        if not isinstance(value, int | float) or not minimum <= value <= maximum:
            shown = _import_library().write_value(value)
            raise self.build_error(f" returned a value that is not between {minimum} and {maximum}: {shown}")
        return value

    def evaluate_string(self, visit: Visit) -> str:
        """Return a string. Raises EvaluationFailed."""
        return str(self.evaluate_as("string", Scope(visit)))

    def build_error(self, fault: str) -> EvaluationFailed:
        """Build the error for a fault of the expression or of its result."""
        return EvaluationFailed(f"{self._description}{fault}", error=QUERY_EVALUATION, location=self.field)

    @property
    def _description(self) -> str:
        return f"The JSONata expression '{self.text}' specified for the field '{self.field}'"


def name_kind(value: Json) -> str:
    """Return the name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    kinds = {dict: "object", list: "array", str: "string", int: "number", float: "number"}
    return kinds.get(type(value), "null")


def is_of_kind(kind: str, value: Json) -> bool:
    """Whether a value is of a type; `integer` is a number without a fraction."""
    if kind == "integer":
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool)
    return name_kind(value) == kind


def is_expression(text: str) -> bool:
    """Whether a text is meant to be an expression, well-formed or not.

    As recorded on AWS, any other text is a constant, even one with a blank before `{%`.
    """
    return text.startswith(_OPENING)


def parse_expression(
    text: str, field: str, location: str, report: Report, members: Collection[str] = ()
) -> Expression | None:
    """Parse `{% ... %}`. `members` are the members of `$states` allowed besides input and context."""
    if not (text.startswith(_OPENING) and text.endswith(_CLOSING) and len(text) >= len("{%%}")):
        report.refuse(f"An expression starts with '{_OPENING}' and ends with '{_CLOSING}'", location, INVALID)
        return None
    bare = text[len(_OPENING) : -len(_CLOSING)].strip()
    try:
        tree, words = _import_library().parse(bare, report.words_left)
    except (ValueError, RecursionError) as error:
        report.refuse(_describe_limit(error), location, INVALID)
        return None
    report.words_left -= words
    expression = Expression(bare, field, tree, frozenset(find_variables(tree)), _find_members(tree))
    for name in find_references_to_document(tree):
        report.refuse(f"Reference to '{name}' at the top level is not supported.", location, UNSUPPORTED)
    for name in sorted({RESULT, ERROR_OUTPUT} & (expression.members or set()) - set(members)):
        report.refuse(f"Reference to '$states.{name}' is not supported in this field.", location, UNSUPPORTED)
    return expression


def _find_members(tree: Any) -> frozenset[str] | None:
    members = find_members_of_states(tree)
    return None if members is None else frozenset(members)


def _describe_limit(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return TOO_DEEP
    return TOO_LARGE if isinstance(error, MemoryError) else str(error)


def _import_library() -> ModuleType:
    limit = sys.getrecursionlimit()
    from stepfunctions_local.language.jsonata import evaluator  # noqa: PLC0415 - slow, and rarely needed

    if sys.getrecursionlimit() != limit:
        sys.setrecursionlimit(limit)
    return evaluator
