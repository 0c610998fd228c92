"""States that hang together: a whole machine, a branch of a Parallel, what a Map does with an item."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.state import State


@dataclass(frozen=True, slots=True)
class Workflow:
    """States by name, and where to start."""

    start_at: str
    states: Mapping[str, State]

    def all_states(self) -> Iterator[State]:
        """Answer the states, those within others included."""
        for state in self.states.values():
            yield state
            for _, inner in state.workflows():
                yield from inner.all_states()


def parse_workflow(fields: Fields) -> Workflow:
    """Read StartAt and States; other fields are left to be read."""
    fields.require("States", "StartAt")
    return Workflow(fields.text("StartAt"), MappingProxyType(_parse_states(fields)))


def read_query_language(fields: Fields, inherited: QueryLanguage) -> QueryLanguage:
    """Read QueryLanguage. What is none lets the rest be read as JSONata, as on AWS."""
    if "QueryLanguage" not in fields:
        return inherited
    language = fields.text("QueryLanguage")
    if language not in list(QueryLanguage):
        fields.refuse(f"Value is not valid. Must be one of: {', '.join(QueryLanguage)}", "QueryLanguage")
    return QueryLanguage.JSONPATH if language == QueryLanguage.JSONPATH else QueryLanguage.JSONATA


def _begin_state(fields: Fields) -> None:
    """Read a state in its own query language. That of a state around it does not count, as on AWS."""
    whole = fields.machine_language
    language = read_query_language(fields, whole)
    if language is QueryLanguage.JSONPATH and whole is QueryLanguage.JSONATA:
        fields.refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    fields.begin_state(language)


def _parse_states(fields: Fields) -> dict[str, State]:
    states = fields.child("States")
    if states is None:
        return {}
    if not list(states):
        fields.refuse("The field 'States' should be non-empty", "States")
    parsed = {name: _parse_state(name, states.child(name)) for name in states}
    return {name: state for name, state in parsed.items() if state is not None}


def _parse_state(name: str, fields: Fields | None) -> State | None:
    from stepfunctions_local.language.states import STATE_TYPES  # noqa: PLC0415 - some states are of states

    if fields is None or not fields.require("Type"):
        return None
    type_name = fields.text("Type")
    state_type = STATE_TYPES.get(type_name)
    if state_type is None:
        fields.refuse(f"Unknown state type '{type_name}'; these work: {', '.join(STATE_TYPES)}", "Type")
        return None
    fields.text("Comment")
    _begin_state(fields)
    state = state_type.parse(name, fields)
    fields.close()
    return state
