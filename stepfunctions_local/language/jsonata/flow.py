"""Data flow in JSONata: Arguments, Output, Assign.

Source: "Transforming data with JSONata in Step Functions" and "Passing data between states with variables" in
the Developer Guide.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stepfunctions_local.language.decision import NO_VARIABLES, Json, Proceed, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.jsonata.expression import Scope
from stepfunctions_local.language.jsonata.template import Place, Template, parse_members, parse_template
from stepfunctions_local.language.variable import find_name_fault


@dataclass(frozen=True, slots=True)
class JsonataFlow:
    """The fields of a state, a catcher or a rule that move data.

    `outcome` is the name of the outcome in `$states`; without a name, expressions cannot refer to it.
    """

    arguments_template: Template | None
    output: Template | None
    assign: Mapping[str, Template]
    outcome: str | None

    @property
    def assigned(self) -> Collection[str]:
        """The names of the variables that it assigns."""
        return self.assign.keys()

    def select(self, visit: Visit) -> Json:
        """Return the input."""
        return visit.input

    def build_arguments(self, visit: Visit) -> Json:
        """Return the Arguments; without them, the input."""
        template = self.arguments_template
        return visit.input if template is None else template.evaluate(Scope(visit))

    def proceed(self, visit: Visit, outcome: Json, target: str | None) -> Proceed:
        """Exit the state; without an Output, the outcome is the output."""
        if self.output is None and not self.assign:
            return Proceed(outcome, target)
        scope = Scope(visit, {self.outcome: outcome} if self.outcome else {})
        assigned = {name: part.evaluate(scope) for name, part in self.assign.items()}
        output = outcome if self.output is None else self.output.evaluate(scope)
        return Proceed(output, target, assigned or NO_VARIABLES)

    def for_rule(self, rule: Fields) -> "JsonataFlow":
        """Return the data flow of a rule, which has an Output and an Assign of its own."""
        return parse_jsonata_flow(rule.restrict(("Output", "Assign")), None)


def parse_jsonata_flow(fields: Fields, outcome: str | None) -> JsonataFlow:
    """Parse the fields that move data."""
    return JsonataFlow(
        arguments_template=_parse_value(fields, "Arguments", ()),
        output=_parse_value(fields, "Output", (outcome,) if outcome else ()),
        assign=_parse_assign(fields, (outcome,) if outcome else ()),
        outcome=outcome,
    )


def _parse_value(fields: Fields, name: str, members: tuple[str, ...]) -> Template | None:
    if name not in fields:
        return None
    return parse_template(fields.read(name), locate_field(fields, name, members))


def _parse_assign(fields: Fields, members: tuple[str, ...]) -> dict[str, Template]:
    if "Assign" not in fields:
        return {}
    value = fields.read("Assign")
    if not isinstance(value, dict):
        fields.refuse("Expected value of type Object", "Assign")
        return {}
    for fault in filter(None, map(find_name_fault, value)):
        fields.refuse(fault, "Assign")
    return parse_members(value, locate_field(fields, "Assign", members))


def locate_field(fields: Fields, name: str, members: tuple[str, ...] = ()) -> Place:
    """Return the place of a field in the definition."""
    return Place(fields.locate(name), f"{fields.location}/{name}", fields.report, members)
