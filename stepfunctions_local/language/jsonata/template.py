"""Templates: JSON in which every string in `{% %}` is computed, as in Arguments, Output, Assign, Items."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.jsonata.expression import Expression, Scope, is_expression, parse_expression


class Template(Protocol):
    """A value that can be computed."""

    def evaluate(self, scope: Scope) -> Json:
        """Return the value. Raises EvaluationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A part without expressions. All evaluations return the same value, which must not be changed."""

    value: Json

    def evaluate(self, scope: Scope) -> Json:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class ObjectTemplate:
    """An object with computed members."""

    fields: tuple[tuple[str, Template], ...]

    def evaluate(self, scope: Scope) -> Json:
        """Return the object."""
        return {name: part.evaluate(scope) for name, part in self.fields}


@dataclass(frozen=True, slots=True)
class ArrayTemplate:
    """An array with computed items."""

    items: tuple[Template, ...]

    def evaluate(self, scope: Scope) -> Json:
        """Return the array."""
        return [part.evaluate(scope) for part in self.items]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a part: the `field` in its state, such as `Output/total`, and the whole `location`.

    `members` are the members of `$states` allowed there besides input and context.
    """

    field: str
    location: str
    report: Report
    members: Collection[str] = ()

    def descend(self, name: str) -> "Place":
        """Return the place of a member or, as `[0]`, of an item."""
        step = name if name.startswith("[") else f"/{name}"
        return Place(f"{self.field}{step}", f"{self.location}{step}", self.report, self.members)


def parse_template(value: Json, place: Place) -> Template:
    """Parse a value that may contain expressions. Faults go to the report."""
    if isinstance(value, str) and is_expression(value):
        return parse_field(value, place) or Constant(None)
    if isinstance(value, dict):
        members = parse_members(value, place)
        return Constant(value) if _is_constant(*members.values()) else ObjectTemplate(tuple(members.items()))
    if isinstance(value, list):
        items = tuple(parse_template(item, place.descend(f"[{index}]")) for index, item in enumerate(value))
        return Constant(value) if _is_constant(*items) else ArrayTemplate(items)
    return Constant(value)


def parse_members(value: dict[str, Json], place: Place) -> dict[str, Template]:
    """Parse the members of an object, each of which may contain expressions."""
    return {name: parse_template(part, place.descend(name)) for name, part in value.items()}


def parse_field(text: str, place: Place) -> Expression | None:
    """Parse a string that must be an expression. Faults go to the report."""
    return parse_expression(text, place.field, place.location, place.report, place.members)


def _is_constant(*parts: Template) -> bool:
    return all(isinstance(part, Constant) for part in parts)
