"""Parses partly computed values, such as ItemSelector, in either query language."""

from dataclasses import dataclass

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.jsonata import template as jsonata
from stepfunctions_local.language.jsonata.expression import Scope
from stepfunctions_local.language.jsonata.flow import locate_field
from stepfunctions_local.language.jsonpath import template as json_path
from stepfunctions_local.language.jsonpath.flow import parse_payload as parse_json_path_payload


@dataclass(frozen=True, slots=True)
class ComputedPayload:
    """A value with parts computed in JSONata."""

    template: jsonata.Template

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value. Raises EvaluationFailed."""
        return self.template.evaluate(Scope(visit))


def parse_payload(fields: Fields, name: str) -> json_path.Template | None:
    """Parse a field; return None if it is absent."""
    if fields.language is QueryLanguage.JSONPATH or name not in fields:
        return parse_json_path_payload(fields, name)
    return ComputedPayload(jsonata.parse_template(fields.read(name), locate_field(fields, name)))
