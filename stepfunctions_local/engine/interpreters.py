"""Builds the interpreter of an execution, with the context that its turn needs."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from stepfunctions_local.engine.arn import Arns
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.clock import Clock, HighWaterMark
from stepfunctions_local.engine.execution.call import HasRoom
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.execution import Execution, Position
from stepfunctions_local.engine.execution.failure import DEFECT
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.state import ExecutionState
from stepfunctions_local.engine.execution.task_token import TaskTokens
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.machines.state_machine import MachineStatus
from stepfunctions_local.engine.runs import Runs

_LOG = logging.getLogger(__name__)

Step = Callable[[Interpreter], Turn]


@dataclass(frozen=True, slots=True)
class Interpreters:
    """Builds interpreters. One serves for one turn of one execution.

    `high_water_mark`: no event on record is later. An execution's last event is looked up only below it.
    `has_room`: says if a call can start.
    `has_activity`: says if there is an activity with an ARN.
    """

    catalog: Catalog
    arns: Arns
    clock: Clock
    random: Random
    tokens: TaskTokens
    wait_time_scale: float
    high_water_mark: HighWaterMark
    has_room: HasRoom
    has_activity: Callable[[str], bool]
    runs: Runs

    def build(
        self, execution: Execution, state: ExecutionState, position: Position | None = None
    ) -> Interpreter:
        """Return an interpreter that goes on at a position, or begins the execution without one.

        Raises:
            language.InvalidDefinition: this version refuses a definition that an older one accepted.

        """
        machine = self.catalog.get(execution.state_machine_id)
        definition = self.catalog.definition(execution.revision_id)
        if execution.map_run_id is not None:
            definition = definition.of_child(self.runs.get(execution.map_run_id).state)
        # The first turn happens at the execution's own start time, to the microsecond.
        now = self.clock.now() if position else execution.started
        may_be_behind = self.high_water_mark.is_above(now)
        context = ExecutionContext(
            definition=definition,
            execution_arn=self.arn(execution),
            state_machine_arn=self.state_machine_arn(execution),
            role_arn=self.catalog.revision(execution.revision_id).setup.role_arn,
            region=self.arns.account.region,
            now=now,
            random=self.random,
            tokens=self.tokens,
            deleting=machine.status is MachineStatus.DELETING and not execution.is_express,
            wait_time_scale=self.wait_time_scale,
            last_event_at=state.last_event_at(execution.id) if may_be_behind and position else None,
            has_room=self.has_room,
            has_activity=self.has_activity,
        )
        return Interpreter(execution, context, state, position)

    def arn(self, execution: Execution) -> str:
        """Return an execution's ARN."""
        return self.arns.execution(self._machine_name(execution), execution.name, execution.uuid)

    def state_machine_arn(self, execution: Execution) -> str:
        """Return the ARN of an execution's state machine; of a child, with the label of its Map state."""
        return self.arns.state_machine(self._machine_name(execution))

    def _machine_name(self, execution: Execution) -> str:
        machine = self.catalog.get(execution.state_machine_id)
        if execution.map_run_id is None:
            return machine.name
        return f"{machine.name}/{self.runs.get(execution.map_run_id).label}"


def take_turn(interpreter: Interpreter, step: Step) -> Turn:
    """Return the turn of a step. A defect of this endpoint fails this execution alone."""
    try:
        return step(interpreter)
    except Exception:  # noqa: BLE001 - a defect must not take other executions down
        _LOG.exception("An execution met a defect of this endpoint and fails.")
        return interpreter.fail_execution(DEFECT)
