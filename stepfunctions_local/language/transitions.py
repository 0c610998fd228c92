"""Whether the states of a machine hang together: targets that exist, an end, nothing unreachable."""

from collections.abc import Mapping

from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.state import State

MISSING_TARGET = "MISSING_TRANSITION_TARGET"
MISSING_END = "MISSING_END_STATE"


def check_transitions(start_at: str, states: Mapping[str, State], report: Report) -> None:
    """Report what does not hang together, in AWS's order: unreachable states only where there is an end."""
    _check_target(start_at, "/StartAt", states, report)
    for name, state in states.items():
        for place, target in state.targets():
            _check_target(target, f"/States/{name}/{place}", states, report)
    if not any(state.is_terminal for state in states.values()):
        report.refuse("Workflow has no terminal state", None, MISSING_END)
        return
    reached = _reachable(start_at, states)
    for name in states:
        if name not in reached:
            report.refuse(f'State "{name}" is not reachable.', f"/States/{name}", MISSING_TARGET)


def _check_target(target: str, location: str, states: Mapping[str, State], report: Report) -> None:
    if target not in states:
        report.refuse(f"Missing 'Next' target: {target}", location, MISSING_TARGET)


def _reachable(start_at: str, states: Mapping[str, State]) -> set[str]:
    reached: set[str] = set()
    ahead = [start_at]
    while ahead:
        name = ahead.pop()
        if name in states and name not in reached:
            reached.add(name)
            ahead.extend(target for _, target in states[name].targets())
    return reached
