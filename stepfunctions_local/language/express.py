"""Refuses what an Express state machine cannot do: wait for a job or a task token, or distribute a Map.

Source: "Choosing workflow type in Step Functions" in the Developer Guide, and refusals recorded on AWS.
"""

from collections.abc import Iterator
from typing import Final

from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.resource import Activity, Integration, Pattern, Resource
from stepfunctions_local.language.state import State, Workflow
from stepfunctions_local.language.states.map import DistributedMap
from stepfunctions_local.language.states.task import Task

EXPRESS_SECONDS: Final = 300
"""How long an Express execution can run."""


def check_express(workflow: Workflow, report: Report) -> None:
    """Report each Task that outlives its call, and each Map in distributed mode."""
    for location, state in _list_states(workflow, ""):
        if isinstance(state, Task) and (fault := _find_fault(state.resource)):
            report.refuse(f"Express state machine does not support {fault}", f"{location}/Resource")
        if isinstance(state, DistributedMap):
            place = f"{location}/{state.processor_field}/ProcessorConfig/Mode"
            report.refuse("Express state machine does not support 'DISTRIBUTED' mode", place)


def warn_of_express_children(workflow: Workflow, report: Report) -> None:
    """Warn of each Task that a child of a Map runs, and that no Express execution can.

    AWS does not document whether it refuses the definition or fails the child.
    """
    for place, state in _list_states(workflow, ""):
        if isinstance(state, DistributedMap) and state.has_express_children:
            for inner_place, inner in _list_states(state.processor, f"{place}/{state.processor_field}"):
                if isinstance(inner, Task) and (fault := _find_fault(inner.resource)):
                    report.warn(
                        f"Children of type EXPRESS do not support {fault.strip()} on AWS",
                        f"{inner_place}/Resource",
                        "NOT_EXPRESS",
                    )


def _list_states(workflow: Workflow, location: str) -> Iterator[tuple[str, State]]:
    """Yield all states with their locations, those within others included."""
    for name, state in workflow.states.items():
        place = f"{location}/States/{name}"
        yield place, state
        for field, inner in state.workflows():
            yield from _list_states(inner, f"{place}/{field}")


def _find_fault(resource: Resource) -> str | None:
    if isinstance(resource, Activity):
        return "activities"
    if not isinstance(resource, Integration):
        return None
    match resource.pattern:
        case Pattern.REQUEST_RESPONSE:
            return None
        case Pattern.WAIT_FOR_TASK_TOKEN:
            # The blank at its end is AWS's.
            return "'.waitForTaskToken' service integration "
    return "'.sync' service integration"
