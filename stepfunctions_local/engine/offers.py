"""The Tasks of activities that wait for a worker, and the workers that wait for a Task."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from stepfunctions_local.engine.errors import ActivityWorkerLimitExceeded

IsConnected: TypeAlias = Callable[[], bool]
"""Whether a worker still waits for its answer."""


@dataclass(frozen=True, eq=False, slots=True)
class _Worker:
    is_connected: IsConnected
    woken: asyncio.Future[None]


class Offers:
    """Tasks by activity, in the order in which they were offered. A Task is a branch's id.

    At most `max_workers` wait at a time, for all activities together.
    """

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max_workers
        self._tasks: defaultdict[str, OrderedDict[int, None]] = defaultdict(OrderedDict)
        self._activities: dict[int, str] = {}
        self._workers: defaultdict[str, OrderedDict[_Worker, None]] = defaultdict(OrderedDict)
        self._closed = False
        self.waiting_workers = 0
        """The number of workers that wait for a Task."""

    def __len__(self) -> int:
        """Count the Tasks that wait for a worker."""
        return len(self._activities)

    def load(self, offered: Iterable[tuple[int, str]]) -> None:
        """Add many Tasks, each with its activity."""
        for branch_id, activity in offered:
            self.add(branch_id, activity)

    def add(self, branch_id: int, activity: str) -> None:
        """Offer a Task. The worker that has waited longest is woken."""
        self._tasks[activity][branch_id] = None
        self._activities[branch_id] = activity
        self._wake_worker(activity)

    def remove(self, branch_id: int) -> None:
        """Withdraw a Task, if it is offered."""
        if activity := self._activities.pop(branch_id, None):
            del self._tasks[activity][branch_id]
            if not self._tasks[activity]:
                del self._tasks[activity]

    async def take(self, activity: str, is_connected: IsConnected) -> int | None:
        """Remove and return the first Task of an activity, once there is one.

        Return None if the worker is gone, or if the offers are closed.

        Raises:
            ActivityWorkerLimitExceeded: as many workers wait as are allowed.

        """
        while is_connected() and not self._closed:
            if tasks := self._tasks.get(activity):
                branch_id = next(iter(tasks))
                self.remove(branch_id)
                return branch_id
            await self._wait(activity, is_connected)
        self._wake_worker(activity)
        return None

    def close(self) -> None:
        """Let no worker wait any longer."""
        self._closed = True
        self._wake_workers(lambda _worker: True)

    async def _wait(self, activity: str, is_connected: IsConnected) -> None:
        self._require_room()
        worker = _Worker(is_connected, asyncio.get_running_loop().create_future())
        self._workers[activity][worker] = None
        self.waiting_workers += 1
        try:
            await worker.woken
        except asyncio.CancelledError:
            if worker in self._workers.get(activity, ()):
                self._drop(activity, worker)
            else:
                self._wake_worker(activity)  # the Task that this one was woken for is for another
            raise

    def _wake_worker(self, activity: str) -> None:
        """Wake the worker that has waited longest, if it is needed."""
        if self._tasks.get(activity) and (worker := next(iter(self._workers.get(activity, ())), None)):
            self._wake(activity, worker)

    def _wake_workers(self, is_meant: Callable[[_Worker], bool]) -> None:
        for activity, workers in [*self._workers.items()]:
            for worker in [*workers]:
                if is_meant(worker):
                    self._wake(activity, worker)

    def _wake(self, activity: str, worker: _Worker) -> None:
        self._drop(activity, worker)
        if not worker.woken.done():
            worker.woken.set_result(None)

    def _drop(self, activity: str, worker: _Worker) -> None:
        self.waiting_workers -= 1
        del self._workers[activity][worker]
        if not self._workers[activity]:
            del self._workers[activity]

    def _require_room(self) -> None:
        """Require room for another worker. Those that are gone make room."""
        if self.waiting_workers < self._max_workers:
            return
        self._wake_workers(lambda worker: not worker.is_connected())
        if self.waiting_workers >= self._max_workers:
            raise ActivityWorkerLimitExceeded(self._max_workers)
