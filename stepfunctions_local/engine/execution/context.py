"""The context in which an execution runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from stepfunctions_local import language
from stepfunctions_local.engine.execution.call import HasRoom
from stepfunctions_local.engine.execution.task_token import TaskTokens

if TYPE_CHECKING:
    from stepfunctions_local.engine.execution.map_run import MapRun


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """The state machine, the account, the time, the randomness and the task tokens of one turn.

    `now`: UTC, by the clock. Due times and timeouts count from it.
    `last_event_at`: when (UTC) the history ends so far, if the clock may be behind it.
    `deleting`: the state machine is being deleted, so its executions end at their next transition.
    `wait_time_scale`: multiplies the length of each Wait.
    `has_room`: says if a call can start in this turn.
    `has_activity`: says if there is an activity with an ARN.
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
    last_event_at: datetime | None = None
    has_room: HasRoom = lambda _target, _before: True
    has_activity: Callable[[str], bool] = lambda _arn: True

    def map_run_arn(self, run: "MapRun") -> str:
        """Return the ARN of a Map Run that the execution has begun."""
        prefix, _, name = self.state_machine_arn.rpartition(":stateMachine:")
        return f"{prefix}:mapRun:{name.partition('/')[0]}/{run.label}:{run.name}"

    @property
    def event_time(self) -> datetime:
        """The time (UTC) of the turn's events: no history runs backwards, although a clock may."""
        return max(self.now, self.last_event_at or self.now)
