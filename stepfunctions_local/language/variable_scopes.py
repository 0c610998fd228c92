"""Whether the variables of a machine keep apart: states within a state cannot assign one of those around it.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.state import Workflow


def check_variables(
    workflow: Workflow, report: Report, outer: frozenset[str] = frozenset(), location: str = ""
) -> None:
    """Report what is assigned inside although it is assigned outside too; `outer` are the names there."""
    assigned: set[str] = set()
    for name, state in workflow.states.items():
        for place, flow in state.flows():
            assigned.update(flow.assigned)
            for variable in sorted(outer & set(flow.assigned)):
                report.refuse(
                    f"Variable '{variable}' is assigned in an outer scope too; it can be assigned in one",
                    f"{location}/States/{name}/{place}",
                )
    for name, state in workflow.states.items():
        for place, inner in state.workflows():
            check_variables(inner, report, outer | assigned, f"{location}/States/{name}/{place}")
