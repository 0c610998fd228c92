"""The workers of functions: started on demand, kept warm, limited in number, replaced by new builds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome
from stepfunctions_local.slots import FairSlots

MAX_WAITING = 10_000

CodeVersion: TypeAlias = tuple[int, int, int]


class TooManyWaiting(StepFunctionsLocalError):
    """Too many invocations are waiting for a worker."""


class CodeMissing(StepFunctionsLocalError):
    """The function's built code is missing, perhaps for the moment."""


class PoolClosed(StepFunctionsLocalError):
    """The endpoint is shutting down."""


class Runner(Protocol):
    """The methods of a worker that a pool uses."""

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        ...

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end."""
        ...

    async def close(self) -> None:
        """Kill the worker."""
        ...


class Processes:
    """The workers of all functions: at most `each` of a function, and `in_all` together, idle ones included.

    A function of which nothing runs gets a worker even beyond `in_all`, so that functions can call others.
    """

    def __init__(self, each: int, in_all: int) -> None:
        self.slots = FairSlots(each, in_all)
        self._in_all = in_all
        self._idle: dict[Runner, Pool] = {}
        """Idle workers, the longest idle first."""

    def add_idle(self, worker: Runner, pool: "Pool") -> None:
        """Add a worker that may be closed to make room."""
        self._idle[worker] = pool

    def remove_idle(self, worker: Runner) -> None:
        """Keep a worker, which is needed again or closed already."""
        self._idle.pop(worker, None)

    async def make_room(self) -> None:
        """Close the workers that have been idle longest, as far as the busy ones need their places."""
        while self._idle and self.slots.taken + len(self._idle) > self._in_all:
            worker, pool = next(iter(self._idle.items()))
            await pool.discard(worker)


class Pool:
    """Runs invocations of one function on workers. Without a free one, invocations wait in order of arrival.

    `processes` bounds the workers, together with those of other functions. `name` is the function there.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Runner]],
        version: Callable[[], CodeVersion],
        processes: Processes,
        name: str,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._start = start
        self._version = version
        self._processes = processes
        self._name = name
        self._max_waiting = max_waiting
        self._waiting = 0
        self._workers: dict[Runner, CodeVersion] = {}
        self._idle: list[Runner] = []
        self._closed = False

    async def run(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end.

        Raises:
            TooManyWaiting: the queue is full.
            CodeMissing: there is no built code.
            PoolClosed: the endpoint is shutting down.
            OSError: the operating system cannot start another process.

        """
        async with self._hold_slot():
            worker = await self._take_worker()
            try:
                return await worker.invoke(invocation)
            finally:
                await self._return_worker(worker)

    async def close(self) -> None:
        """Kill all workers, busy ones included."""
        self._closed = True
        self._idle.clear()
        for worker in self._workers:
            self._processes.remove_idle(worker)
        await asyncio.gather(*(worker.close() for worker in self._workers))
        self._workers.clear()

    async def discard(self, worker: Runner) -> None:
        """Kill a worker that is not busy."""
        self._processes.remove_idle(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self._workers.pop(worker, None)
        await worker.close()

    @asynccontextmanager
    async def _hold_slot(self) -> AsyncIterator[None]:
        if self._waiting >= self._max_waiting:
            raise TooManyWaiting(f"{self._waiting} invocations are already waiting for a worker.")
        self._waiting += 1
        waits = True
        try:
            async with self._processes.slots.hold(self._name):
                self._waiting -= 1
                waits = False
                yield
        finally:
            self._waiting -= waits

    async def _take_worker(self) -> Runner:
        """Take the most recently used worker, so that the others may cool down."""
        version = self._version()
        while self._idle:
            worker = self._idle.pop()
            self._processes.remove_idle(worker)
            if worker.usable and self._workers[worker] == version:
                return worker
            await self.discard(worker)
        return await self._start_worker(version)

    async def _start_worker(self, version: CodeVersion) -> Runner:
        if self._closed:
            raise PoolClosed("The endpoint is shutting down.")
        await self._processes.make_room()
        worker = await self._start()
        self._workers[worker] = version
        if self._closed:
            await self.discard(worker)
        return worker

    async def _return_worker(self, worker: Runner) -> None:
        if worker.usable and not self._closed:
            self._idle.append(worker)
            self._processes.add_idle(worker, self)
        else:
            await self.discard(worker)


def read_code_version(folder: Path) -> CodeVersion:
    """Return an id of a function's build, which changes because `sam build` replaces the whole folder.

    Raises:
        CodeMissing: the folder does not exist.

    """
    try:
        stat = folder.stat()
    except OSError as error:
        raise CodeMissing(f"{folder} is missing: run `sam build` (or wait until it has finished).") from error
    return stat.st_dev, stat.st_ino, stat.st_ctime_ns
