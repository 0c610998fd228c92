"""The Fail state: ends the execution with an error."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, bounded_failure
from stepfunctions_local.language.expression import Expression, InvalidExpression, parse_expression
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.intrinsic import Intrinsic
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.state import State
from stepfunctions_local.language.template import Constant

STRING_FUNCTIONS: Final = frozenset(
    f"States.{name}"
    for name in ("ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID")
)
"""The functions that ErrorPath and CausePath take. Source: "Fail workflow state" in the Developer Guide."""


@dataclass(frozen=True, slots=True)
class Fail(State):
    """A Fail state."""

    type_name: ClassVar[str] = "Fail"

    error: Constant | Expression | None
    cause: Constant | Expression | None

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields."""
        return cls(name, _parse_text(fields, "Error"), _parse_text(fields, "Cause"))

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return True

    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer where the state can lead."""
        return iter(())

    def on_entry(self, visit: Visit) -> Decision:
        """Fail."""
        return bounded_failure(_text(self.error, visit, "ErrorPath"), _text(self.cause, visit, "CausePath"))


def _parse_text(fields: Fields, name: str) -> Constant | Expression | None:
    path = f"{name}Path"
    match fields.only_one(name, path):
        case None:
            return None
        case given if given == name:
            return Constant(fields.text(name))
    return fields.parsed(path, lambda text: _parse_path(text, path))


def _parse_path(text: str, field: str) -> Expression:
    expression = parse_expression(text, field)
    if isinstance(expression, Intrinsic) and expression.function_name not in STRING_FUNCTIONS:
        raise InvalidExpression(f"{expression.function_name} does not answer a string, as '{field}' needs.")
    return expression


def _text(expression: Constant | Expression | None, visit: Visit, field: str) -> str | None:
    if expression is None:
        return None
    value = expression.evaluate(visit.input, visit)
    if not isinstance(value, str):
        raise EvaluationFailed(f"The field '{field}' must refer to a string, but found {dump_json(value)}")
    return value
