"""The Fail state: ends the execution with an error."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, Self

from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, build_failure
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonata.expression import Expression as JsonataExpression
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonpath.expression import Expression, InvalidExpression, parse_expression
from stepfunctions_local.language.jsonpath.intrinsic import Intrinsic
from stepfunctions_local.language.state import State

STRING_FUNCTIONS: Final = frozenset(
    f"States.{name}"
    for name in ("ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID")
)
"""The functions that ErrorPath and CausePath accept. Source: "Fail workflow state" in the Developer Guide."""


class Text(Protocol):
    """The name of an error, or its cause."""

    def evaluate(self, visit: Visit) -> str:
        """Return the text. Raises EvaluationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class LiteralText:
    """A text that is written out."""

    text: str

    def evaluate(self, visit: Visit) -> str:
        """Return the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class ReferencedText:
    """A text that a path finds or an intrinsic function returns."""

    expression: Expression
    field: str

    def evaluate(self, visit: Visit) -> str:
        """Return the text."""
        value = self.expression.evaluate(visit.input, visit)
        if not isinstance(value, str):
            shown = dump_json(value)
            raise EvaluationFailed(f"The field '{self.field}' must refer to a string, but found {shown}")
        return value


@dataclass(frozen=True, slots=True)
class ComputedText:
    """A text that a JSONata expression returns."""

    expression: JsonataExpression

    def evaluate(self, visit: Visit) -> str:
        """Return the text."""
        return self.expression.evaluate_string(visit)


@dataclass(frozen=True, slots=True)
class Fail(State):
    """A Fail state."""

    type_name: ClassVar[str] = "Fail"

    error: Text | None
    cause: Text | None

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        return cls(name, _parse_text(fields, "Error"), _parse_text(fields, "Cause"))

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return True

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the states that can come next."""
        return iter(())

    def on_entry(self, visit: Visit) -> Decision:
        """Fail with the error and the cause."""
        return build_failure(
            self.error.evaluate(visit) if self.error else None,
            self.cause.evaluate(visit) if self.cause else None,
        )


def _parse_text(fields: Fields, name: str) -> Text | None:
    if is_computed(fields, name):
        computed = parse_computed(fields, name)
        return ComputedText(computed) if computed else None
    path = f"{name}Path"
    if fields.choose_one(name, path) == path:
        found = fields.parse(path, lambda text: _parse_path(text, path))
        return ReferencedText(found, path) if found else None
    return LiteralText(fields.read_text(name)) if name in fields else None


def _parse_path(text: str, field: str) -> Expression:
    expression = parse_expression(text, field)
    if isinstance(expression, Intrinsic) and expression.function_name not in STRING_FUNCTIONS:
        raise InvalidExpression(
            f"{expression.function_name} does not return a string, as '{field}' requires."
        )
    return expression
