"""Express executions: the same interpreter and dispatcher, over a journal that forgets.

They run in memory for five minutes at most, and have no history but the log. They share the slots of calls
and the time for waking with Standard executions, and wait for no disk.
"""

import itertools
from collections.abc import Callable
from random import Random
from typing import Final

from stepfunctions_local.engine.dispatcher import Dispatcher, Shared
from stepfunctions_local.engine.errors import ExecutionLimitExceeded
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.interpreters import take_turn
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.new_execution import build_execution
from stepfunctions_local.engine.records.change import ExecutionMoved
from stepfunctions_local.engine.records.forgetful import ForgetfulJournal, RunningExecutions

MOST_CHARACTERS: Final = 256 * 1024 * 1024
"""No execution begins while the running ones take this much memory."""


class ExpressExecutions:
    """Starts Express executions, and waits for their ends. `dispatcher` moves them on."""

    def __init__(self, shared: Shared, random: Random, stop: Callable[[str], None]) -> None:
        self._executions = RunningExecutions()
        self._interpreters = shared.interpreters
        self._random = random
        self._ids = itertools.count(-1, -1)
        self.dispatcher = Dispatcher(self._executions, ForgetfulJournal(self._executions, stop), shared)

    def start(self, execution: Execution) -> Execution:
        """Start an execution that `build` has returned, and return it."""
        self._begin(execution)
        return execution

    async def run(self, execution: Execution) -> Execution:
        """Start an execution, wait for its end, and return it as it ended. If cancelled, it runs on."""
        ended = self._executions.watch(execution.id)
        self._begin(execution)
        return await ended

    def build(
        self,
        target: Target,
        name: str | None,
        input_text: str,
        trace_header: str | None,
        mocks: str | None,
    ) -> Execution:
        """Return a new execution. Each call returns another one, whatever its name.

        Raises:
            ExecutionLimitExceeded: the running executions take all the memory that they may.
            StateMachineDeleting: the state machine is being deleted.

        """
        self._interpreters.catalog.require_active(target.machine)
        if self._executions.characters > MOST_CHARACTERS:
            raise ExecutionLimitExceeded
        return build_execution(
            target,
            next(self._ids),
            name,
            input_text,
            trace_header=trace_header,
            mocks=mocks,
            started=self._interpreters.clock.now(),
            random=self._random,
        )

    def _begin(self, execution: Execution) -> None:
        self._interpreters.catalog.on_execution_started(execution.state_machine_id)
        interpreter = self._interpreters.build(execution, self._executions)
        turn = take_turn(interpreter, Interpreter.begin)
        self.dispatcher.submit(ExecutionMoved(execution, turn, is_new=True))
