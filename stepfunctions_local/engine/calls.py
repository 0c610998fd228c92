"""The calls in flight: the only branches of executions that a coroutine runs for."""

import asyncio
import logging
from collections.abc import Callable

from stepfunctions_local.engine.defect import DEFECT
from stepfunctions_local.engine.tasks import Outcome, PlannedCall, TaskRunner
from stepfunctions_local.language import Failure

_LOG = logging.getLogger(__name__)

Returned = Callable[[int, Outcome], None]


class Calls:
    """Makes the calls of branches, at most `max_calls` at a time, and hands what they come back with on.

    A further call waits for its turn. Its timeout counts from when it is made.
    """

    def __init__(self, tasks: TaskRunner, max_calls: int, returned: Returned) -> None:
        self._tasks = tasks
        self._returned = returned
        self._turns = asyncio.Semaphore(max_calls)
        self._running: dict[int, asyncio.Task[None]] = {}

    @property
    def in_flight(self) -> bool:
        """Whether any has not come back."""
        return any(not task.done() for task in self._running.values())

    def start(self, branch_id: int, call: PlannedCall) -> None:
        """Make a call for a branch."""
        self._running[branch_id] = asyncio.create_task(self._make(branch_id, call))

    def drop(self, branch_id: int) -> None:
        """Wait for a branch's call no longer; what was called runs on."""
        if task := self._running.pop(branch_id, None):
            task.cancel()

    async def returned(self) -> None:
        """Wait until those that are in flight have come back."""
        if running := [task for task in self._running.values() if not task.done()]:
            await asyncio.wait(running)

    async def close(self) -> None:
        """Drop them all."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _make(self, branch_id: int, call: PlannedCall) -> None:
        async with self._turns:
            outcome = await self._outcome(call)
        del self._running[branch_id]
        self._returned(branch_id, outcome)

    async def _outcome(self, call: PlannedCall) -> Outcome:
        try:
            return await self._tasks.run(call.call, call.caller)
        except Exception:  # noqa: BLE001 - a call that cannot even be made must not leave its branch hanging
            _LOG.exception("A call met a defect of this endpoint and fails.")
            return Failure("States.Runtime", DEFECT)
