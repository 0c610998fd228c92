"""Calls in flight. Only a branch with a call in flight has a coroutine."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from stepfunctions_local.engine.execution.call import CallOutcome, PlannedCall
from stepfunctions_local.engine.execution.failure import DEFECT

_LOG = logging.getLogger(__name__)

Work: TypeAlias = Callable[[], Awaitable[CallOutcome | None]]
OnReturn: TypeAlias = Callable[[int, CallOutcome], None]


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """The calls that go out once a turn is on disk.

    `calls`: calls of Tasks, by branch id.
    `polls`: ids of branches whose jobs are polled.
    `stops`: names of jobs that are stopped.
    """

    calls: Mapping[int, PlannedCall]
    polls: Sequence[int]
    stops: Sequence[str]

    def __len__(self) -> int:
        """Count the calls, polls and stops."""
        return len(self.calls) + len(self.polls) + len(self.stops)


class Calls:
    """Makes calls, at most `max_calls` at a time, and passes the outcome of a branch's call to `on_return`.

    A further call waits for a free slot. Its timeout counts from when it is made.
    """

    def __init__(self, max_calls: int, on_return: OnReturn) -> None:
        self._on_return = on_return
        self._slots = asyncio.Semaphore(max_calls)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> bool:
        """Whether a call has not returned yet."""
        return any(not task.done() for task in self._all_tasks())

    def is_calling(self, branch_id: int) -> bool:
        """Whether a call of a branch is in flight."""
        return branch_id in self._running

    def start(self, branch_id: int, work: Work) -> None:
        """Make a call for a branch. If it returns None, the branch goes on waiting."""
        self._running[branch_id] = asyncio.create_task(self._make(branch_id, work))

    def send(self, work: Work) -> None:
        """Make a call in the background, for no branch."""
        task = asyncio.create_task(self._send(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def drop(self, branch_id: int) -> None:
        """Stop waiting for a branch's call. The called service goes on."""
        if task := self._running.pop(branch_id, None):
            task.cancel()

    async def wait(self) -> None:
        """Wait until the calls in flight have returned."""
        if running := [task for task in self._all_tasks() if not task.done()]:
            await asyncio.wait(running)

    async def close(self) -> None:
        """Drop all calls."""
        running = self._all_tasks()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _all_tasks(self) -> list[asyncio.Task[None]]:
        return [*self._running.values(), *self._background]

    async def _make(self, branch_id: int, work: Work) -> None:
        outcome = await self._run(work)
        del self._running[branch_id]
        if outcome is not None:
            self._on_return(branch_id, outcome)

    async def _send(self, work: Work) -> None:
        await self._run(work)

    async def _run(self, work: Work) -> CallOutcome | None:
        async with self._slots:
            try:
                return await work()
            except Exception:  # noqa: BLE001 - a call that cannot even be made must not leave its branch hanging
                _LOG.exception("A call met a defect of this endpoint and fails.")
                return DEFECT
