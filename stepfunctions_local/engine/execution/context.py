"""What an execution is told about the world around it."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from stepfunctions_local import language
from stepfunctions_local.engine.execution.task_token import TaskTokens


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """The state machine, the account, the time (UTC), the dice and the seal of one burst.

    `deleting` says that the state machine goes away: its executions end at their next transition.
    `wait_time_scale` stretches or shortens what Wait states wait.
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
