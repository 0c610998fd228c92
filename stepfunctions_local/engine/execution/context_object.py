"""The context object, `$$`: what a state can ask about its execution.

Source: "Accessing execution data from the Context object in Step Functions".
"""

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.language import Json
from stepfunctions_local.language.states.task import Task


def context_object(execution: Execution, active: ActiveBranch, context: ExecutionContext) -> dict[str, Json]:
    """Build the context object of a state that was entered."""
    return {
        "Execution": _execution(execution, context),
        "StateMachine": {
            "Id": context.state_machine_arn,
            "Name": context.state_machine_arn.rpartition(":")[2],
        },
        "State": _state(active),
        **_task(execution, active, context),
    }


def _task(execution: Execution, active: ActiveBranch, context: ExecutionContext) -> dict[str, Json]:
    """Build what a Task sees that waits for its token; the others have none."""
    if not (isinstance(active.state, Task) and active.state.waits_for_token):
        return {}
    attempt = Attempt.at(active, execution.redrives)
    return {"Task": {"Token": context.tokens.token(attempt)}}


def of_item(index: int, value: Json) -> dict[str, Json]:
    """Build what a Map sees besides, when it looks at an item."""
    return {"Map": {"Item": {"Index": index, "Value": value}}}


def _execution(execution: Execution, context: ExecutionContext) -> dict[str, Json]:
    facts: dict[str, Json] = {
        "Id": context.execution_arn,
        "Input": Document(execution.input).value,
        "StartTime": rfc3339(execution.started),
        "Name": execution.name,
        "RoleArn": context.role_arn,
        "RedriveCount": execution.redrives,
    }
    if execution.redriven:
        facts["RedriveTime"] = rfc3339(execution.redriven)
    return facts


def _state(active: ActiveBranch) -> dict[str, Json]:
    state: dict[str, Json] = {"Name": active.state.name, "EnteredTime": rfc3339(active.entered)}
    if active.retries:
        state["RetryCount"] = sum(active.retries)
    return state
