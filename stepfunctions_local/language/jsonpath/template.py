"""Payload templates: JSON in which a field whose name ends in `.$` is computed.

Source: "Payload Template" in the Amazon States Language specification.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Protocol

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonpath.expression import InvalidExpression, parse_expression

COMPUTED_SUFFIX: Final = ".$"
"""The end of the name of a computed field."""


class Template(Protocol):
    """A value that can be computed."""

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value. Raises EvaluationFailed."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A part without computed fields. All evaluations return the same value, which must not be changed."""

    value: Json

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class ObjectTemplate:
    """An object with computed fields."""

    fields: tuple[tuple[str, Template], ...]

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the object."""
        return {name: part.evaluate(data, visit) for name, part in self.fields}


@dataclass(frozen=True, slots=True)
class ArrayTemplate:
    """An array with computed items."""

    items: tuple[Template, ...]

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the array."""
        return [part.evaluate(data, visit) for part in self.items]


def parse_template(value: Json, location: str, report: Report) -> Template:
    """Parse a template; `location` is its path in the definition. Faults go to the report."""
    if isinstance(value, dict):
        return _parse_object(value, location, report)
    if isinstance(value, list):
        return _parse_array(value, location, report)
    return Constant(value)


def parse_fields(value: dict[str, Json], location: str, report: Report) -> dict[str, Template]:
    """Parse the fields of an object template; return them by their names without the suffix."""
    fields = [_parse_field(name, part, location, report) for name, part in value.items()]
    for name, count in Counter(name for name, _ in fields).items():
        if count > 1:
            both = f"[{name}, {name}{COMPUTED_SUFFIX}]"
            report.refuse(f"There should only be one of the following fields: {both}", location)
    return dict(fields)


def _parse_object(value: dict[str, Json], location: str, report: Report) -> Template:
    fields = parse_fields(value, location, report)
    constant = all(isinstance(part, Constant) for part in fields.values()) and list(value) == list(fields)
    return Constant(value) if constant else ObjectTemplate(tuple(fields.items()))


def _parse_array(value: list[Json], location: str, report: Report) -> Template:
    items = [parse_template(item, f"{location}[{index}]", report) for index, item in enumerate(value)]
    constant = all(isinstance(item, Constant) for item in items)
    return Constant(value) if constant else ArrayTemplate(tuple(items))


def _parse_field(name: str, part: Json, location: str, report: Report) -> tuple[str, Template]:
    if not name.endswith(COMPUTED_SUFFIX):
        return name, parse_template(part, f"{location}/{name}", report)
    return name.removesuffix(COMPUTED_SUFFIX), _parse_computed(name, part, location, report)


def _parse_computed(name: str, part: Json, location: str, report: Report) -> Template:
    try:
        return parse_expression(part if isinstance(part, str) else dump_json(part), name)
    except InvalidExpression as error:
        report.refuse(str(error), location)
        return Constant(None)
