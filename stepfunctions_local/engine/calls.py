"""What is asked of the world: calls in flight, the only branches of executions that a coroutine runs for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from stepfunctions_local.engine.execution.call import CallOutcome, PlannedCall
from stepfunctions_local.language import Failure

DEFECT = "The local endpoint met a defect of its own: see its log."


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """Calls of branches, branches whose jobs are to be looked up, and jobs that are to be stopped."""

    calls: Mapping[int, PlannedCall]
    polls: Sequence[int]
    stops: Sequence[str]

    def __len__(self) -> int:
        """Count what is asked."""
        return len(self.calls) + len(self.polls) + len(self.stops)


_LOG = logging.getLogger(__name__)

Work: TypeAlias = Callable[[], Awaitable[CallOutcome | None]]
Returned: TypeAlias = Callable[[int, CallOutcome], None]


class Calls:
    """Makes calls, at most `max_calls` at a time, and hands what those of branches come back with on.

    A further call waits for its turn. Its timeout counts from when it is made.
    """

    def __init__(self, max_calls: int, returned: Returned) -> None:
        self._returned = returned
        self._turns = asyncio.Semaphore(max_calls)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> bool:
        """Whether any has not come back."""
        return any(not task.done() for task in self._all())

    def is_calling(self, branch_id: int) -> bool:
        """Whether a call of a branch is in flight."""
        return branch_id in self._running

    def start(self, branch_id: int, work: Work) -> None:
        """Make a call for a branch; where it comes back with nothing, the branch goes on waiting."""
        self._running[branch_id] = asyncio.create_task(self._make(branch_id, work))

    def send(self, work: Work) -> None:
        """Make a call that nobody waits for."""
        task = asyncio.create_task(self._send(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def drop(self, branch_id: int) -> None:
        """Wait for a branch's call no longer; what was called runs on."""
        if task := self._running.pop(branch_id, None):
            task.cancel()

    async def returned(self) -> None:
        """Wait until those that are in flight have come back."""
        if running := [task for task in self._all() if not task.done()]:
            await asyncio.wait(running)

    async def close(self) -> None:
        """Drop them all."""
        running = self._all()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _all(self) -> list[asyncio.Task[None]]:
        return [*self._running.values(), *self._background]

    async def _make(self, branch_id: int, work: Work) -> None:
        outcome = await self._run(work)
        del self._running[branch_id]
        if outcome is not None:
            self._returned(branch_id, outcome)

    async def _send(self, work: Work) -> None:
        await self._run(work)

    async def _run(self, work: Work) -> CallOutcome | None:
        async with self._turns:
            try:
                return await work()
            except Exception:  # noqa: BLE001 - a call that cannot even be made must not leave its branch hanging
                _LOG.exception("A call met a defect of this endpoint and fails.")
                return Failure("States.Runtime", DEFECT)
