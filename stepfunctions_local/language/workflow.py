"""Parses a workflow: StartAt and States, each state by the class of its Type."""

from types import MappingProxyType

from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.state import State, Workflow


def parse_workflow(fields: Fields) -> Workflow:
    """Parse StartAt and States; the caller reads the other fields."""
    fields.require("States", "StartAt")
    return Workflow(fields.read_text("StartAt"), MappingProxyType(_parse_states(fields)))


def parse_query_language(fields: Fields, inherited: QueryLanguage) -> QueryLanguage:
    """Parse QueryLanguage. After an unknown one the rest is parsed as JSONata, as on AWS."""
    if "QueryLanguage" not in fields:
        return inherited
    language = fields.read_text("QueryLanguage")
    if language not in list(QueryLanguage):
        fields.refuse(f"Value is not valid. Must be one of: {', '.join(QueryLanguage)}", "QueryLanguage")
    return QueryLanguage.JSONPATH if language == QueryLanguage.JSONPATH else QueryLanguage.JSONATA


def _begin_state(fields: Fields) -> None:
    """Set a state's query language. It does not inherit that of a state around it, as on AWS."""
    inherited = fields.definition_language
    language = parse_query_language(fields, inherited)
    if language is QueryLanguage.JSONPATH and inherited is QueryLanguage.JSONATA:
        fields.refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    fields.begin_state(language)


def _parse_states(fields: Fields) -> dict[str, State]:
    states = fields.read_object("States")
    if states is None:
        return {}
    if not list(states):
        fields.refuse("The field 'States' should be non-empty", "States")
    parsed = {name: _parse_state(name, states.read_object(name)) for name in states}
    return {name: state for name, state in parsed.items() if state is not None}


def _parse_state(name: str, fields: Fields | None) -> State | None:
    if fields is None or not fields.require("Type"):
        return None
    type_name = fields.read_text("Type")
    state_type = State.types.get(type_name)
    if state_type is None:
        known = ", ".join(sorted(State.types))
        fields.refuse(f"Unknown state type '{type_name}'; these work: {known}", "Type")
        return None
    fields.read_text("Comment")
    _begin_state(fields)
    state = state_type.parse(name, fields)
    fields.close()
    return state
