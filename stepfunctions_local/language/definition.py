"""Parses a definition: the text that a state machine is created with."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import stepfunctions_local.language.states  # noqa: F401  registers the types of state
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.diagnostic import SCHEMA, Diagnostic, InvalidDefinition, Report
from stepfunctions_local.language.express import EXPRESS_SECONDS, check_express, warn_of_express_children
from stepfunctions_local.language.fields import MAX_LITERAL, Fields, QueryLanguage
from stepfunctions_local.language.json_text import (
    InvalidJson,
    dump_json,
    parse_json_object_by_object,
)
from stepfunctions_local.language.state import State, Workflow
from stepfunctions_local.language.state_names import check_names
from stepfunctions_local.language.states.map import DistributedMap
from stepfunctions_local.language.transitions import check_transitions
from stepfunctions_local.language.variable_scopes import check_variables
from stepfunctions_local.language.workflow import parse_query_language, parse_workflow

NOT_JSON: Final = "INVALID_JSON_DESCRIPTION"
NO_OBJECT: Final = Diagnostic(SCHEMA, "Definition must be a valid JSON object")

_LONE_SURROGATE_ESCAPE = re.compile(r"\\ud[89a-f]")


@dataclass(frozen=True, slots=True)
class Definition:
    """A parsed definition: its workflow, and all `states` by name, those within others included.

    `timeout_seconds` limits a whole execution.
    `warnings` list parts that AWS would refuse or that have no effect.
    """

    comment: str | None
    workflow: Workflow
    states: Mapping[str, State]
    timeout_seconds: int | None
    warnings: tuple[Diagnostic, ...]

    def of_child(self, state: str) -> "Definition":
        """Return what a child of a distributed Map state runs: the workflow within that state."""
        parent = self.states[state]
        (_, workflow), *_ = parent.workflows()
        is_express = isinstance(parent, DistributedMap) and parent.has_express_children
        return Definition(None, workflow, self.states, EXPRESS_SECONDS if is_express else None, ())


def parse_definition(text: str, *, is_express: bool = False) -> Definition:
    """Parse a definition. Raises `InvalidDefinition`, which lists all faults.

    Source: "Using Amazon States Language to define Step Functions workflows" in the Developer Guide.
    """
    document, repeated = parse_document(text)
    report = Report()
    definition = _parse_fields(Fields(document, "", report), report)
    for name in sorted(repeated - check_names(document, repeated, report)):
        report.refuse(f"Duplicate field '{name}'", None, NOT_JSON)
    report.raise_if_refused()
    check_transitions(definition.workflow, report)
    check_variables(definition.workflow, report)
    if is_express:
        check_express(definition.workflow, report)
    warn_of_express_children(definition.workflow, report)
    report.raise_if_refused()
    return replace(definition, warnings=tuple(report.warnings))


def parse_document(text: str) -> tuple[dict[str, Json], frozenset[str]]:
    """Parse a JSON object; return it with the names that appear more than once in one of its objects.

    Raises InvalidDefinition.
    """
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
    """Refuse a definition that cannot be stored or sent as UTF-8."""
    if _LONE_SURROGATE_ESCAPE.search(dump_json(document).replace("\\\\", "")):
        raise InvalidDefinition([Diagnostic(NOT_JSON, "The definition holds half of a surrogate pair.")])


def _parse_fields(fields: Fields, report: Report) -> Definition:
    if fields.read_text("Version", "1.0") != "1.0":
        fields.refuse("The only version is '1.0'", "Version")
    fields.begin_definition(parse_query_language(fields, QueryLanguage.JSONPATH))
    comment = fields.read_text("Comment")
    timeout = fields.read_integer("TimeoutSeconds", minimum=1, maximum=MAX_LITERAL)
    workflow = parse_workflow(fields)
    fields.close()
    return Definition(
        comment if "Comment" in fields else None,
        workflow,
        MappingProxyType({state.name: state for state in workflow.all_states()}),
        timeout,
        tuple(report.warnings),
    )
