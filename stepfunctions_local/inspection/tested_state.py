"""Finds and parses the state that a test is about, in a whole definition or on its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stepfunctions_local import language
from stepfunctions_local.engine.errors import InvalidDefinition, ValidationException
from stepfunctions_local.inspection.context import STATE_NAME
from stepfunctions_local.inspection.request import StateTest
from stepfunctions_local.inspection.substitutes import list_states, list_workflows, substitute
from stepfunctions_local.language import Json, State, dump_json, parse_definition
from stepfunctions_local.language.definition import parse_document
from stepfunctions_local.language.fields import QueryLanguage
from stepfunctions_local.language.single_state import parse_single_state

_WAITING: Final = (".sync", ".sync:2", ".waitForTaskToken")


@dataclass(frozen=True, slots=True)
class TestedState:
    """A state: parsed, and its `fields` as the definition has them."""

    __test__ = False

    state: State
    fields: Mapping[str, Json]
    language: QueryLanguage

    @property
    def type_name(self) -> str:
        """The type of the state, such as `Task`."""
        return self.state.type_name

    @property
    def resource(self) -> str:
        """The Resource of a Task; "" for any other state."""
        return str(self.fields.get("Resource", ""))

    @property
    def forks(self) -> bool:
        """Whether it is a Map or a Parallel."""
        return self.type_name in {"Map", "Parallel"}

    @property
    def waits(self) -> bool:
        """Whether it is a Task that waits for an activity, a job or a token."""
        return is_awaited(self.resource)

    @property
    def inner_names(self) -> frozenset[str]:
        """The names of the states within it."""
        return frozenset(
            name for inner in list_workflows(dict(self.fields)) for name, _ in list_states(inner)
        )


def is_awaited(resource: str) -> bool:
    """Whether a Task with this Resource waits for an activity, a job or a token."""
    return ":activity:" in resource or resource.endswith(_WAITING)


def find_tested_state(test: StateTest) -> TestedState:
    """Parse the definition of a test, and return the state that it is about.

    Raises:
        InvalidDefinition: the definition is refused.
        ValidationException: no state has the name.

    """
    document = _parse_json(test.definition)
    try:
        fields = _find_fields(document, test.state_name)
        return TestedState(_parse(test, fields), fields, _find_language(document, fields))
    except language.InvalidDefinition as error:
        raise InvalidDefinition(f"{error}{_find_hint(test, document)}") from error


def _parse_json(text: str) -> dict[str, Json]:
    try:
        return parse_document(text)[0]
    except language.InvalidDefinition as error:
        raise InvalidDefinition(str(error)) from error


def _find_hint(test: StateTest, document: dict[str, Json]) -> str:
    """Return advice for a state where a whole definition should be, or the other way round."""
    if test.state_name is None and "States" in document and "Type" not in document:
        return ". To test a state of a whole definition, name it in stateName."
    if test.state_name is not None and "Type" in document and "States" not in document:
        return ". To test a definition of one state alone, leave stateName out."
    return ""


def _find_fields(document: dict[str, Json], name: str | None) -> dict[str, Json]:
    """Return the fields of the state; an object without fields if there is none of this name."""
    if name is None:
        return document
    return next((state for each, state in list_states(document) if each == name), {})


def _find_language(document: dict[str, Json], fields: dict[str, Json]) -> QueryLanguage:
    # The definition is valid by now: these are names of languages.
    return QueryLanguage(str(fields.get("QueryLanguage") or document.get("QueryLanguage") or "JSONPath"))


def _parse(test: StateTest, fields: dict[str, Json]) -> State:
    """Parse the definition without the parts that a test does not need and that cannot run here."""
    document, repeated = parse_document(test.definition)
    # Repeated names are in the text alone, where the parser refuses them.
    if repeated or not _take_out_unneeded(test, fields, document):
        return _parse_text(test.definition, test.state_name)
    return _parse_text(dump_json(document), test.state_name)


def _take_out_unneeded(test: StateTest, fields: dict[str, Json], document: dict[str, Json]) -> bool:
    """Take these parts out of the document, and return whether there were any."""
    whole: Json = document if test.state_name else {"States": {STATE_NAME: document}}
    tested = test.state_name or STATE_NAME
    is_called = test.mock is None and not is_awaited(str(fields.get("Resource", "")))
    found = [substitute(state, is_called=is_called and name == tested) for name, state in list_states(whole)]
    return True in found


def _parse_text(text: str, name: str | None) -> State:
    if name is None:
        return parse_single_state(text, STATE_NAME)
    states = parse_definition(text).states
    if name not in states:
        raise ValidationException("State not found in definition")
    return states[name]
