"""Redrives executions: unsuccessful ones go on from the states they ended in."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from stepfunctions_local.engine.dispatcher import Dispatcher
from stepfunctions_local.engine.execution.branch import root_of
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.redrive import find_obstacle, restart
from stepfunctions_local.engine.interpreters import Interpreters, take_turn
from stepfunctions_local.engine.machines.state_machine import MachineStatus
from stepfunctions_local.engine.records.change import ExecutionMoved, Redrive
from stepfunctions_local.engine.records.store import Store


@dataclass(frozen=True, slots=True)
class Redriving:
    """Redrives executions whose changes are on disk."""

    store: Store
    interpreters: Interpreters
    dispatcher: Dispatcher

    def find_obstacle(self, execution: Execution) -> str | None:
        """Return why an execution cannot be redriven now, or None if it can."""
        machine = self.interpreters.catalog.get(execution.state_machine_id)
        deleting = machine.status is MachineStatus.DELETING
        halted = self.store.halted.position(root_of(execution.id))
        return find_obstacle(execution, halted, self.interpreters.clock.now(), deleting=deleting)

    def redrive(
        self, execution: Execution, token: str | None = None, run: MapRun | None = None
    ) -> tuple[datetime, asyncio.Future[None]]:
        """Redrive an execution. Return when (UTC), and a future that is done once that is on disk.

        `run` is the Map Run that redrives it, as it is saved along with the turn.
        """
        since = max(self.interpreters.clock.now(), execution.stopped or execution.started)
        redriven, halted = restart(execution, since), self.store.halted
        root = halted.position(root_of(execution.id))
        turn = take_turn(self.interpreters.build(redriven, halted, root), Interpreter.redrive)
        if run:
            turn.changes.runs[run.id] = run
        self.interpreters.catalog.on_execution_started(execution.state_machine_id)
        return since, self.dispatcher.submit(ExecutionMoved(redriven, turn, redrive=Redrive(token)))
