"""The rules of a Choice state: comparisons, their combinations, and conditions in JSONata."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from stepfunctions_local.language.comparison import (
    COMPARISONS,
    TYPE_TESTS,
    Comparison,
    StringPattern,
    is_of_type,
    parse_pattern,
)
from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.jsonata.expression import Expression, Scope
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonpath.path import MISSING, Path, parse_reference_path


class Condition(Protocol):
    """A condition on a state's input."""

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the condition holds. Raises EvaluationFailed."""


@dataclass(frozen=True, slots=True)
class And:
    """All conditions hold."""

    conditions: Sequence[Condition]

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether all hold."""
        return all(condition.holds(data, visit) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Or:
    """One of the conditions holds."""

    conditions: Sequence[Condition]

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether one holds."""
        return any(condition.holds(data, visit) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Not:
    """A condition does not hold."""

    condition: Condition

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether it does not hold."""
        return not self.condition.holds(data, visit)


@dataclass(frozen=True, slots=True)
class IsPresent:
    """The variable is present, even if null; or it is absent."""

    variable: Path
    expected: bool

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the variable is present or absent as expected."""
        visit.budget.step()
        return (self.variable.look_up(data, visit) is not MISSING) is self.expected


@dataclass(frozen=True, slots=True)
class IsOfType:
    """The variable is of a type, or is not of that type."""

    variable: Path
    test: str
    expected: bool

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the variable's type is as expected."""
        return is_of_type(self.test, _look_up(self.variable, data, visit)) is self.expected


@dataclass(frozen=True, slots=True)
class Matches:
    """The variable is a string that matches a pattern."""

    variable: Path
    pattern: StringPattern

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the variable matches."""
        value = _look_up(self.variable, data, visit)
        if isinstance(value, str):
            visit.budget.spend_on_text(len(value), _SEARCHED_PER_STEP)
        return self.pattern.matches(value)


@dataclass(frozen=True, slots=True)
class Compares:
    """The variable is in a relation to a constant, or to the value that a path names."""

    variable: Path
    comparison: Comparison
    operand: Json = None
    operand_path: Path | None = None

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the variable is in that relation."""
        value = _look_up(self.variable, data, visit)
        path = self.operand_path
        return self.comparison.test(value, _look_up(path, data, visit) if path else self.operand)


@dataclass(frozen=True, slots=True)
class ComputedCondition:
    """A condition computed by a JSONata expression."""

    expression: Expression

    def holds(self, data: Json, visit: Visit) -> bool:
        """Whether the expression returns true."""
        return self.expression.evaluate_as("boolean", Scope(visit)) is True


def parse_rule(fields: Fields) -> Condition:
    """Parse the condition of a rule, in its query language."""
    if fields.language is QueryLanguage.JSONPATH:
        return parse_condition(fields)
    fields.read_text("Comment")
    fields.require("Condition")
    expression = parse_computed(fields, "Condition")
    always = not is_computed(fields, "Condition") and fields.read_flag("Condition")
    fields.close()
    return ComputedCondition(expression) if expression else _ALWAYS if always else _NEVER


def parse_condition(fields: Fields) -> Condition:
    """Parse a comparison or a combination of comparisons."""
    fields.read_text("Comment")
    combination = fields.choose_one("And", "Or", "Not", "Variable", required=True)
    condition = _COMBINATIONS[combination](fields) if combination else And(())
    fields.close()
    return condition


def _parse_and(fields: Fields) -> Condition:
    return And(_parse_all(fields, "And"))


def _parse_or(fields: Fields) -> Condition:
    return Or(_parse_all(fields, "Or"))


def _parse_all(fields: Fields, name: str) -> tuple[Condition, ...]:
    if fields.read(name) == []:
        fields.refuse("Expected at least one rule", name)
    return tuple(parse_condition(child) for child in fields.read_objects(name))


def _parse_not(fields: Fields) -> Condition:
    child = fields.read_object("Not")
    return Not(parse_condition(child)) if child else And(())


def _parse_test(fields: Fields) -> Condition:
    variable = fields.parse("Variable", _parse_variable) or _NOWHERE
    name = fields.choose_one(*(name for name in _OPERATORS if name in fields))
    if name is None:
        fields.refuse(f"A rule compares its Variable with one of: {', '.join(_OPERATORS)}")
        return And(())
    try:
        return _OPERATORS[name](variable, name, fields.read(name))
    except ValueError as error:
        fields.refuse(str(error), name)
        return And(())


def _compare_constant(variable: Path, name: str, operand: Json) -> Condition:
    COMPARISONS[name].check_operand(operand)
    return Compares(variable, COMPARISONS[name], operand)


def _compare_path(variable: Path, name: str, operand: Json) -> Condition:
    path = _parse_variable(operand if isinstance(operand, str) else "")
    return Compares(variable, COMPARISONS[name.removesuffix("Path")], operand_path=path)


def _match_pattern(variable: Path, _: str, operand: Json) -> Condition:
    return Matches(variable, parse_pattern(operand))


def _test_type(variable: Path, name: str, operand: Json) -> Condition:
    return IsOfType(variable, name, _require_flag(operand))


def _test_presence(variable: Path, _: str, operand: Json) -> Condition:
    return IsPresent(variable, _require_flag(operand))


def _require_flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Expected value of type Boolean")  # noqa: TRY004  a fault of the definition
    return value


def _parse_variable(text: str) -> Path:
    return parse_reference_path(text, allow_context=True)


def _look_up(path: Path, data: Json, visit: Visit) -> Json:
    visit.budget.step()
    value = path.look_up(data, visit)
    if isinstance(value, str):
        visit.budget.spend_on_text(len(value), _READ_PER_STEP)
    if value is MISSING:
        raise EvaluationFailed(
            f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
        )
    return value


_READ_PER_STEP: Final = 10_000
_SEARCHED_PER_STEP: Final = 1_000
"""How many characters are compared, and searched for the literals of a pattern, in the time of a step."""

_ALWAYS: Final = And(())
_NEVER: Final = Or(())
_NOWHERE: Final = _parse_variable("$")

_COMBINATIONS: Final[dict[str, Callable[[Fields], Condition]]] = {
    "And": _parse_and,
    "Or": _parse_or,
    "Not": _parse_not,
    "Variable": _parse_test,
}
_OPERATORS: Final[dict[str, Callable[[Path, str, Json], Condition]]] = {
    **dict.fromkeys(COMPARISONS, _compare_constant),
    **dict.fromkeys((f"{name}Path" for name in COMPARISONS), _compare_path),
    **dict.fromkeys(sorted(TYPE_TESTS), _test_type),
    "IsPresent": _test_presence,
    "StringMatches": _match_pattern,
}
