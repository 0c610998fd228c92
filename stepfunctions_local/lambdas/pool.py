"""The workers of one function: started on demand, kept warm, bounded in number, replaced when the code is."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome

MAX_WAITING = 10_000

CodeVersion: TypeAlias = tuple[int, int, int]


class TooManyWaiting(StepFunctionsLocalError):
    """More invocations wait for a worker than this machine should hold."""


class CodeMissing(StepFunctionsLocalError):
    """The function's built code is not there (any more)."""


class PoolClosed(StepFunctionsLocalError):
    """The endpoint is shutting down."""


class Runner(Protocol):
    """What a pool needs of a worker."""

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        ...

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end."""
        ...

    async def close(self) -> None:
        """Kill it."""
        ...


class Pool:
    """Runs invocations on at most `max_workers` workers; what is more waits, first come, first served."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Runner]],
        version: Callable[[], CodeVersion],
        max_workers: int,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._start = start
        self._version = version
        self._slots = asyncio.Semaphore(max_workers)
        self._max_waiting = max_waiting
        self._waiting = 0
        self._workers: dict[Runner, CodeVersion] = {}
        self._idle: list[Runner] = []
        self._closed = False

    async def run(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end.

        Raises:
            TooManyWaiting: the queue is full.
            CodeMissing: there is no built code to run.
            PoolClosed: the endpoint is shutting down.
            OSError: this machine gives no further process.

        """
        await self._slot()
        try:
            worker = await self._worker()
            try:
                return await worker.invoke(invocation)
            finally:
                await self._take_back(worker)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Kill all workers, those at work included."""
        self._closed = True
        self._idle.clear()
        await asyncio.gather(*(worker.close() for worker in self._workers))
        self._workers.clear()

    async def _slot(self) -> None:
        if self._waiting >= self._max_waiting:
            raise TooManyWaiting(f"{self._waiting} invocations are already waiting for a worker.")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1

    async def _worker(self) -> Runner:
        """Take the worker that was used last; the others may cool down."""
        version = self._version()
        while self._idle:
            worker = self._idle.pop()
            if worker.usable and self._workers[worker] == version:
                return worker
            await self._discard(worker)
        return await self._new_worker(version)

    async def _new_worker(self, version: CodeVersion) -> Runner:
        if self._closed:
            raise PoolClosed("The endpoint is shutting down.")
        worker = await self._start()
        self._workers[worker] = version
        if self._closed:
            await self._discard(worker)
        return worker

    async def _take_back(self, worker: Runner) -> None:
        if worker.usable and not self._closed:
            self._idle.append(worker)
        else:
            await self._discard(worker)

    async def _discard(self, worker: Runner) -> None:
        self._workers.pop(worker, None)
        await worker.close()


def code_version(folder: Path) -> CodeVersion:
    """Tell one build of a function from the next: `sam build` replaces the whole folder.

    Raises:
        CodeMissing: there is no such folder.

    """
    try:
        stat = folder.stat()
    except OSError as error:
        raise CodeMissing(f"{folder} is missing: run `sam build` (or wait until it has finished).") from error
    return stat.st_dev, stat.st_ino, stat.st_ctime_ns
