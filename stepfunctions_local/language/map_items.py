"""The items of a Map state, from ItemsPath, Items or the input, and AWS's errors if they are no array."""

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import QUERY_EVALUATION, EvaluationFailed
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonata.expression import Expression, Scope
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonata.flow import locate_field
from stepfunctions_local.language.jsonata.template import Template, parse_template
from stepfunctions_local.language.jsonpath.path import Path, parse_path, parse_reference_path

Found: TypeAlias = list[Json] | dict[str, Json]


class Items(Protocol):
    """A source of items."""

    def find(self, data: Json, visit: Visit, *, objects: bool = False) -> Found:
        """Return the items; with `objects`, perhaps the members of an object. Raises EvaluationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class ReferencedItems:
    """Items that ItemsPath names."""

    path: Path

    def find(self, data: Json, visit: Visit, *, objects: bool = False) -> Found:
        """Return the items."""
        items = self.path.look_up(data, visit)
        if objects and isinstance(items, dict):
            return items
        if not isinstance(items, list):
            raise EvaluationFailed(f'Reference path "{self.path.text}" must point to array.')
        return items


@dataclass(frozen=True, slots=True)
class InputItems:
    """The input itself, for a state in JSONata without Items."""

    def find(self, data: Json, visit: Visit, *, objects: bool = False) -> Found:
        """Return the items."""
        if objects and isinstance(data, dict):
            return data
        if not isinstance(data, list):
            shown = dump_json(data)
            raise EvaluationFailed(
                f"Map state input must be an array but was: {shown}", error=QUERY_EVALUATION
            )
        return data


@dataclass(frozen=True, slots=True)
class LiteralItems:
    """An array in Items, or an object in distributed mode; parts of it may be computed."""

    template: Template

    def find(self, data: Json, visit: Visit, *, objects: bool = False) -> Found:
        """Return the items."""
        items = self.template.evaluate(Scope(visit))
        return items if isinstance(items, list | dict) else []


@dataclass(frozen=True, slots=True)
class ComputedItems:
    """An array that an expression in Items returns, or an object in distributed mode."""

    expression: Expression

    def find(self, data: Json, visit: Visit, *, objects: bool = False) -> Found:
        """Return the items."""
        if objects and isinstance(items := self.expression.evaluate(Scope(visit)), dict):
            return items
        items = self.expression.evaluate_as("array", Scope(visit))
        return items if isinstance(items, list) else []


def parse_items(fields: Fields, *, objects: bool = False) -> Items:
    """Parse ItemsPath or Items; with `objects`, Items may be an object."""
    if fields.language is QueryLanguage.JSONPATH:
        return ReferencedItems(fields.parse("ItemsPath", _parse_items_path) or _WHOLE)
    if "Items" not in fields:
        return InputItems()
    if is_computed(fields, "Items"):
        expression = parse_computed(fields, "Items")
        return ComputedItems(expression) if expression else InputItems()
    value = fields.read("Items")
    if not isinstance(value, list | dict if objects else list):
        fields.refuse("Expected an array, or an expression that returns one", "Items")
    return LiteralItems(parse_template(value, locate_field(fields, "Items")))


def _parse_items_path(text: str) -> Path:
    return parse_reference_path(text, allow_context=True)


_WHOLE: Final = parse_path("$")
