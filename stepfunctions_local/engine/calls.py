"""Calls in flight. Only a branch with a call in flight has a coroutine."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.engine.execution.call import CallOutcome, PlannedCall
from stepfunctions_local.engine.execution.failure import DEFECT
from stepfunctions_local.slots import FairSlots, Ticket

_LOG = logging.getLogger(__name__)

Work: TypeAlias = Callable[[], Awaitable[CallOutcome | None]]
OnReturn: TypeAlias = Callable[[int, CallOutcome], None]

JOBS: Final = "jobs"
"""The target of polls and stops of jobs."""


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """The work to send out once a turn is on disk: calls of Tasks, polls and stops of jobs, lines of the log.

    `calls`: calls of Tasks, by branch id.
    `polls`: ids of branches whose jobs are polled.
    `stops`: names of jobs that are stopped.
    `lines`: lines for the log.
    """

    calls: Mapping[int, PlannedCall]
    polls: Sequence[int]
    stops: Sequence[str]
    lines: Sequence[str] = ()

    def __len__(self) -> int:
        """Count the calls, polls and stops."""
        return len(self.calls) + len(self.polls) + len(self.stops)


class Calls:
    """Makes calls in slots, and passes the outcome of a branch's call to `on_return`.

    A call without a free slot waits in a queue, as data. Its timeout counts from when it is made.
    """

    def __init__(self, slots: FairSlots, on_return: OnReturn) -> None:
        self._on_return = on_return
        self._slots = slots
        self._held: dict[int, str] = {}
        """The targets of the slots that branches hold."""
        self._queued: dict[int, Ticket] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> bool:
        """Whether a call has not returned yet, or waits for a slot."""
        return bool(self._queued) or any(not task.done() for task in self._all_tasks())

    def is_calling(self, branch_id: int) -> bool:
        """Whether a call of a branch is in flight, or waits for a slot."""
        return branch_id in self._running or branch_id in self._queued

    def hold(self, branch_id: int, target: str) -> None:
        """Take a slot for a call that is started later."""
        self._slots.take(target)
        self._held[branch_id] = target

    def start(self, branch_id: int, target: str, work: Work) -> None:
        """Make a call for a branch: in the slot that it holds, or once a slot of the target is free.

        If the call returns None, the branch goes on waiting.
        """
        if branch_id in self._held:
            self._running[branch_id] = asyncio.create_task(self._make(branch_id, work))
        else:
            self.queue(branch_id, target, partial(self._start_in_free_slot, branch_id, target, work))

    def queue(self, branch_id: int, target: str, begin: Callable[[], None]) -> None:
        """Begin with a branch's call once a slot of the target is free, perhaps at once."""
        ticket = Ticket(partial(self._begin, branch_id, begin))
        self._queued[branch_id] = ticket
        self._slots.queue(target, ticket)

    def send(self, work: Work) -> None:
        """Make a call in the background, for no branch."""
        task = asyncio.create_task(self._send(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def drop(self, branch_id: int) -> None:
        """Stop waiting for a branch's call. The called service goes on."""
        if task := self._running.pop(branch_id, None):
            task.cancel()
        if ticket := self._queued.pop(branch_id, None):
            ticket.cancel()
        if target := self._held.pop(branch_id, None):
            self._slots.release(target)

    async def wait(self) -> None:
        """Wait until the calls in flight have returned."""
        if running := [task for task in self._all_tasks() if not task.done()]:
            await asyncio.wait(running)

    async def close(self) -> None:
        """Drop all calls."""
        for ticket in self._queued.values():
            ticket.cancel()
        await end_tasks(self._all_tasks())

    def _all_tasks(self) -> list[asyncio.Task[None]]:
        return [*self._running.values(), *self._background]

    def _begin(self, branch_id: int, begin: Callable[[], None]) -> None:
        del self._queued[branch_id]
        begin()

    def _start_in_free_slot(self, branch_id: int, target: str, work: Work) -> None:
        self.hold(branch_id, target)
        self.start(branch_id, target, work)

    async def _make(self, branch_id: int, work: Work) -> None:
        outcome = await self._run(work)
        del self._running[branch_id]
        self.drop(branch_id)
        if outcome is not None:
            self._on_return(branch_id, outcome)

    async def _send(self, work: Work) -> None:
        async with self._slots.hold(JOBS):
            await self._run(work)

    async def _run(self, work: Work) -> CallOutcome | None:
        try:
            return await work()
        except Exception:  # noqa: BLE001 - a call that cannot even be made must not leave its branch hanging
            _LOG.exception("A call met a defect of this endpoint and fails.")
            return DEFECT
