"""Parses fields that are written out or computed in JSONata, such as Seconds."""

from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.jsonata.expression import Expression, is_expression, parse_expression


def is_computed(fields: Fields, name: str) -> bool:
    """Whether a field is present and is an expression."""
    value = fields.read(name) if fields.language is QueryLanguage.JSONATA else None
    return isinstance(value, str) and is_expression(value)


def parse_computed(fields: Fields, name: str) -> Expression | None:
    """Parse a field that is an expression; return None if it is absent, written out or faulty."""
    if not is_computed(fields, name):
        return None
    return parse_expression(
        fields.read_text(name), fields.locate(name), f"{fields.location}/{name}", fields.report
    )
