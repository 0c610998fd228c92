"""The context object, `$$`: what a state can ask about its execution.

Source: "Accessing execution data from the Context object in Step Functions".
"""

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.execution.active_branch import Strand
from stepfunctions_local.engine.execution.context import Surroundings
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.language import Json
from stepfunctions_local.language.states.task import Task


def context_object(execution: Execution, strand: Strand, around: Surroundings) -> dict[str, Json]:
    """Build the context object of a state that was entered."""
    return {
        "Execution": _execution(execution, around),
        "StateMachine": {
            "Id": around.state_machine_arn,
            "Name": around.state_machine_arn.rpartition(":")[2],
        },
        "State": _state(strand),
        **_task(execution, strand, around),
    }


def _task(execution: Execution, strand: Strand, around: Surroundings) -> dict[str, Json]:
    """Build what a Task sees that waits for its token; the others have none."""
    if not (isinstance(strand.state, Task) and strand.state.waits_for_token):
        return {}
    attempt = Attempt.at(strand, execution.redrives)
    return {"Task": {"Token": around.tokens.token(attempt)}}


def of_item(index: int, value: Json) -> dict[str, Json]:
    """Build what a Map sees besides, when it looks at an item."""
    return {"Map": {"Item": {"Index": index, "Value": value}}}


def _execution(execution: Execution, around: Surroundings) -> dict[str, Json]:
    facts: dict[str, Json] = {
        "Id": around.execution_arn,
        "Input": Document(execution.input).value,
        "StartTime": rfc3339(execution.started),
        "Name": execution.name,
        "RoleArn": around.role_arn,
        "RedriveCount": execution.redrives,
    }
    if execution.redriven:
        facts["RedriveTime"] = rfc3339(execution.redriven)
    return facts


def _state(strand: Strand) -> dict[str, Json]:
    state: dict[str, Json] = {"Name": strand.state.name, "EnteredTime": rfc3339(strand.entered)}
    if strand.retries:
        state["RetryCount"] = sum(strand.retries)
    return state
