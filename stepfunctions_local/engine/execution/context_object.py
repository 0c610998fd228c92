"""The context object, `$$`: the facts about its execution that a state can read.

Source: "Accessing execution data from the Context object in Step Functions".
"""

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.language import Item, Json
from stepfunctions_local.language.state import WorkingState
from stepfunctions_local.language.states.task import Task


def build_context_object(
    execution: Execution, active: ActiveBranch, context: ExecutionContext
) -> dict[str, Json]:
    """Build the context object of the state that a branch is in."""
    return {
        "Execution": _describe_execution(execution, context),
        "StateMachine": {
            "Id": context.state_machine_arn,
            "Name": context.state_machine_arn.rpartition(":")[2],
        },
        "State": _describe_state(active),
        **_describe_task(execution, active, context),
    }


def _describe_task(execution: Execution, active: ActiveBranch, context: ExecutionContext) -> dict[str, Json]:
    """Build the part with the task token. Only a Task that waits for its token has one."""
    if not (isinstance(active.state, Task) and active.state.waits_for_token):
        return {}
    attempt = Attempt.at(active, execution.redrives)
    return {"Task": {"Token": context.tokens.token(attempt)}}


def build_item_context(index: int, item: Item) -> dict[str, Json]:
    """Build the part that a Map sees in addition while it evaluates an item."""
    key: dict[str, Json] = {} if item.key is None else {"Key": item.key}
    shown: dict[str, Json] = {"Index": index, **key, "Value": item.value, "Source": item.source}
    return {"Map": {"Item": shown}}


def _describe_execution(execution: Execution, context: ExecutionContext) -> dict[str, Json]:
    described: dict[str, Json] = {
        "Id": context.execution_arn,
        "Input": Document(execution.input).value,
        "StartTime": rfc3339(execution.started),
        "Name": execution.name,
        "RoleArn": context.role_arn,
        "RedriveCount": execution.redrives,
    }
    if execution.redriven:
        described["RedriveTime"] = rfc3339(execution.redriven)
    return described


def _describe_state(active: ActiveBranch) -> dict[str, Json]:
    state: dict[str, Json] = {"Name": active.state.name, "EnteredTime": rfc3339(active.entered)}
    if isinstance(active.state, WorkingState):
        # As recorded on AWS, only a state that can retry has a count; it is 0 at the first attempt.
        state["RetryCount"] = sum(active.retries)
    return state
