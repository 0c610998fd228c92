"""Parses one state on its own: the states that it leads to need not exist."""

from stepfunctions_local.language.definition import NOT_JSON, parse_document
from stepfunctions_local.language.diagnostic import Diagnostic, InvalidDefinition, Report
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.state import State
from stepfunctions_local.language.state_names import check_names
from stepfunctions_local.language.transitions import check_transitions
from stepfunctions_local.language.variable_scopes import check_variables
from stepfunctions_local.language.workflow import parse_workflow


def parse_single_state(text: str, name: str) -> State:
    """Parse the definition of a state, and call it `name`.

    Raises InvalidDefinition. Its locations begin at the state, such as `/Retry[0]/ErrorEquals`.
    """
    document, repeated = parse_document(text)
    whole: Fields = Fields({"StartAt": name, "States": {name: document}}, "", report := Report())
    whole.begin_definition(QueryLanguage.JSONPATH)
    workflow = parse_workflow(whole)
    names = check_names({"States": {name: document}}, repeated, report)
    for repeated_name in sorted(repeated - names):
        report.refuse(f"Duplicate field '{repeated_name}'", None, NOT_JSON)
    _raise_if_refused(report, name)
    for place, inner in workflow.states[name].workflows():
        check_transitions(inner, report, f"/States/{name}/{place}")
    check_variables(workflow, report)
    _raise_if_refused(report, name)
    return workflow.states[name]


def _raise_if_refused(report: Report, name: str) -> None:
    if report.diagnostics:
        raise InvalidDefinition([_locate(diagnostic, name) for diagnostic in report.diagnostics])


def _locate(diagnostic: Diagnostic, name: str) -> Diagnostic:
    """Return a diagnostic whose location begins at the state."""
    if diagnostic.location is None:
        return diagnostic
    location = diagnostic.location.removeprefix(f"/States/{name}") or "/"
    return Diagnostic(diagnostic.code, diagnostic.message, location, diagnostic.severity)
