"""The context in which an execution runs."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from stepfunctions_local import language
from stepfunctions_local.engine.execution.task_token import TaskTokens


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """The state machine, the account, the time, the randomness and the task tokens of one turn.

    `now`: UTC.
    `deleting`: the state machine is being deleted, so its executions end at their next transition.
    `wait_time_scale`: multiplies the length of each Wait.
    """

    definition: language.Definition
    execution_arn: str
    state_machine_arn: str
    role_arn: str
    region: str
    now: datetime
    random: Random
    tokens: TaskTokens
    deleting: bool = False
    wait_time_scale: float = 1.0
