"""Checks the transitions of a definition: targets exist, an end exists, every state is reachable."""

from collections.abc import Mapping

from stepfunctions_local.language.diagnostic import MISSING_END, Report
from stepfunctions_local.language.state import State, Workflow

MISSING_TARGET = "MISSING_TRANSITION_TARGET"


def check_transitions(workflow: Workflow, report: Report, location: str = "") -> None:
    """Report faulty transitions in AWS's order; unreachable states only if the workflow has an end.

    Transitions stay within a workflow: they lead neither out of it nor into one within another state.
    """
    states = workflow.states
    _check_target(workflow.start_at, f"{location}/StartAt", states, report)
    for name, state in states.items():
        for place, target in state.targets():
            _check_target(target, f"{location}/States/{name}/{place}", states, report)
    if any(state.is_terminal for state in states.values()):
        _check_reachable(workflow, report, location)
    else:
        report.refuse("Workflow has no terminal state", location or None, MISSING_END)
    for name, state in states.items():
        for place, inner in state.workflows():
            check_transitions(inner, report, f"{location}/States/{name}/{place}")


def _check_target(target: str, location: str, states: Mapping[str, State], report: Report) -> None:
    if target not in states:
        report.refuse(f"Missing 'Next' target: {target}", location, MISSING_TARGET)


def _check_reachable(workflow: Workflow, report: Report, location: str) -> None:
    reached = _find_reachable(workflow.start_at, workflow.states)
    for name in workflow.states:
        if name not in reached:
            report.refuse(f'State "{name}" is not reachable.', f"{location}/States/{name}", MISSING_TARGET)


def _find_reachable(start_at: str, states: Mapping[str, State]) -> set[str]:
    reached: set[str] = set()
    pending = [start_at]
    while pending:
        name = pending.pop()
        if name in states and name not in reached:
            reached.add(name)
            pending.extend(target for _, target in states[name].targets())
    return reached
