"""Fixtures that build states and visits, and find the faults of a definition."""

import json
from random import Random
from typing import Any

import pytest

from stepfunctions_local.language import Decision, InvalidDefinition, Json, State, Visit, parse_definition
from tests.unit.language.samples import CONTEXT, NOW, Enter, FindFaults, MakeState, MakeVisit, define


@pytest.fixture
def make_visit() -> MakeVisit:
    def make(value: Json = None, **changes: object) -> Visit:
        defaults: dict[str, Any] = {"entered_event_id": 2, "now": NOW, "random": Random(7)}
        return Visit(value, lambda: CONTEXT, **(defaults | changes))

    return make


@pytest.fixture
def make_state() -> MakeState:
    def make(type_name: str, **fields: Json) -> State:
        ends = {} if type_name in {"Choice", "Succeed", "Fail"} or "Next" in fields else {"End": True}
        return parse_definition(define({"Type": type_name, **fields, **ends})).states["X"]

    return make


@pytest.fixture
def enter(make_state: MakeState, make_visit: MakeVisit) -> Enter:
    def enter_state(value: Json, type_name: str, **fields: Json) -> Decision:
        return make_state(type_name, **fields).enter(make_visit(value))

    return enter_state


@pytest.fixture
def find_faults() -> FindFaults:
    """Find the faults of a definition: text, a whole definition, or the fields of its only state."""

    def find(definition: str | dict[str, object]) -> list[str]:
        if isinstance(definition, dict):
            definition = define(definition) if "Type" in definition else json.dumps(definition)
        try:
            parse_definition(definition)
        except InvalidDefinition as error:
            return [str(diagnostic) for diagnostic in error.diagnostics]
        return []

    return find
