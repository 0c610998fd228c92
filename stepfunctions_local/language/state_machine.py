"""A state machine as its definition says it, and the reading of that definition."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.diagnostic import SCHEMA, Diagnostic, InvalidDefinition, Report
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import (
    InvalidJson,
    dump_json,
    parse_json_object_by_object,
)
from stepfunctions_local.language.state import State
from stepfunctions_local.language.states import NOT_SUPPORTED_HERE, STATE_TYPES
from stepfunctions_local.language.transitions import check_transitions

MAX_NAME_LENGTH: Final = 80
MAX_TIMEOUT_SECONDS: Final = 99_999_999
NOT_JSON: Final = "INVALID_JSON_DESCRIPTION"
NO_OBJECT: Final = Diagnostic(SCHEMA, "Definition must be a valid JSON object")

_LONE_SURROGATE_ESCAPE = re.compile(r"\\ud[89a-f]")


@dataclass(frozen=True, slots=True)
class StateMachine:
    """States by name, and where to start.

    `timeout_seconds` limits a whole execution. `warnings` tell what is accepted here although AWS would
    refuse it.
    """

    comment: str | None
    start_at: str
    states: Mapping[str, State]
    timeout_seconds: int | None
    warnings: tuple[Diagnostic, ...]


def parse_definition(text: str) -> StateMachine:
    """Read a definition. Raises `InvalidDefinition`, which names everything that is wrong with it.

    Source: "Using Amazon States Language to define Step Functions workflows" in the Developer Guide.
    """
    document, repeated = _parse_document(text)
    report = Report()
    machine = _parse_machine(Fields(document, "", report), report)
    _check_names(document, repeated, report)
    report.raise_if_refused()
    check_transitions(machine.start_at, machine.states, report)
    report.raise_if_refused()
    return machine


def _parse_document(text: str) -> tuple[dict[str, Json], frozenset[str]]:
    repeated: set[str] = set()

    def take_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        taken = dict(pairs)
        if len(taken) < len(pairs):
            repeated.update(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return taken

    try:
        document = parse_json_object_by_object(text, take_pairs)
    except InvalidJson as error:
        fault = Diagnostic(NOT_JSON, str(error)) if text.strip() else NO_OBJECT
        raise InvalidDefinition([fault]) from error
    if not isinstance(document, dict):
        raise InvalidDefinition([NO_OBJECT])
    _refuse_lone_surrogates(document)
    return document, frozenset(repeated)


def _refuse_lone_surrogates(document: dict[str, Json]) -> None:
    """Refuse what cannot be stored or sent as UTF-8."""
    if _LONE_SURROGATE_ESCAPE.search(dump_json(document).replace("\\\\", "")):
        raise InvalidDefinition([Diagnostic(NOT_JSON, "The definition holds half of a surrogate pair.")])


def _parse_machine(fields: Fields, report: Report) -> StateMachine:
    fields.require("States", "StartAt")
    if fields.text("Version", "1.0") != "1.0":
        fields.refuse("The only version is '1.0'", "Version")
    _check_query_language(fields)
    comment, start_at = fields.text("Comment"), fields.text("StartAt")
    timeout = fields.integer("TimeoutSeconds", minimum=1, maximum=MAX_TIMEOUT_SECONDS)
    states = _parse_states(fields)
    fields.close()
    return StateMachine(
        comment if "Comment" in fields else None,
        start_at,
        MappingProxyType(states),
        timeout,
        tuple(report.warnings),
    )


def _parse_states(fields: Fields) -> dict[str, State]:
    states = fields.child("States")
    if states is None:
        return {}
    if not list(states):
        fields.refuse("The field 'States' should be non-empty", "States")
    parsed = {name: _parse_state(name, states.child(name)) for name in states}
    return {name: state for name, state in parsed.items() if state is not None}


def _parse_state(name: str, fields: Fields | None) -> State | None:
    if fields is None or not fields.require("Type"):
        return None
    type_name = fields.text("Type")
    state_type = STATE_TYPES.get(type_name)
    if state_type is None:
        _refuse_type(type_name, fields)
        return None
    fields.text("Comment")
    _check_query_language(fields)
    state = state_type.parse(name, fields)
    fields.close()
    return state


def _refuse_type(type_name: str, fields: Fields) -> None:
    fields.refuse(
        f"State type '{type_name}' is not supported here (AWS supports it)"
        if type_name in NOT_SUPPORTED_HERE
        else f"Unknown state type '{type_name}'; these work: {', '.join(STATE_TYPES)}",
        "Type",
    )


def _check_query_language(fields: Fields) -> None:
    language = fields.text("QueryLanguage", "JSONPath")
    if language == "JSONata":
        fields.refuse("QueryLanguage 'JSONata' is not supported here (AWS supports it)", "QueryLanguage")
    elif language != "JSONPath":
        fields.refuse(f"Unknown QueryLanguage '{language}'; JSONPath works", "QueryLanguage")


def _check_names(document: dict[str, Json], repeated: frozenset[str], report: Report) -> None:
    states = document.get("States")
    names = states if isinstance(states, dict) else {}
    for name in names:
        if not 1 <= len(name) <= MAX_NAME_LENGTH:
            shown = f"'{name[:MAX_NAME_LENGTH]}...' has {len(name)} characters"
            report.refuse(
                f"A state's name has 1 to {MAX_NAME_LENGTH} characters; {shown}", None, "INVALID_STATE_NAME"
            )
    for name in sorted(repeated):
        if name in names:
            report.refuse(f"State '{name}' appears more than once", f"/States/{name}", "DUPLICATE_STATE_NAME")
        else:
            report.refuse(f"Duplicate field '{name}'", None, NOT_JSON)
