"""Checks the scopes of variables: states within a state cannot assign a variable of the states around it.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.state import Workflow


def check_variables(
    workflow: Workflow, report: Report, outer: frozenset[str] = frozenset(), location: str = ""
) -> None:
    """Report variables that an inner workflow assigns again; `outer` are the names assigned around it."""
    assigned: set[str] = set()
    for name, state in workflow.states.items():
        for place, flow in state.flows():
            assigned.update(flow.assigned)
            for variable in sorted(outer & set(flow.assigned)):
                report.refuse(
                    f"Variable '{variable}' is assigned in an outer scope too; only one can assign it",
                    f"{location}/States/{name}/{place}",
                )
    for name, state in workflow.states.items():
        for place, inner in state.workflows():
            check_variables(inner, report, outer | assigned, f"{location}/States/{name}/{place}")
