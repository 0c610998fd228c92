"""The workers of one function: started on demand, kept warm, limited in number, replaced by new builds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome

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


class Pool:
    """Runs invocations on at most `max_workers` workers. Further invocations wait in order of arrival."""

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
            CodeMissing: there is no built code.
            PoolClosed: the endpoint is shutting down.
            OSError: the operating system cannot start another process.

        """
        await self._acquire_slot()
        try:
            worker = await self._take_worker()
            try:
                return await worker.invoke(invocation)
            finally:
                await self._return_worker(worker)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Kill all workers, busy ones included."""
        self._closed = True
        self._idle.clear()
        await asyncio.gather(*(worker.close() for worker in self._workers))
        self._workers.clear()

    async def _acquire_slot(self) -> None:
        if self._waiting >= self._max_waiting:
            raise TooManyWaiting(f"{self._waiting} invocations are already waiting for a worker.")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1

    async def _take_worker(self) -> Runner:
        """Take the most recently used worker, so that the others may cool down."""
        version = self._version()
        while self._idle:
            worker = self._idle.pop()
            if worker.usable and self._workers[worker] == version:
                return worker
            await self._discard(worker)
        return await self._start_worker(version)

    async def _start_worker(self, version: CodeVersion) -> Runner:
        if self._closed:
            raise PoolClosed("The endpoint is shutting down.")
        worker = await self._start()
        self._workers[worker] = version
        if self._closed:
            await self._discard(worker)
        return worker

    async def _return_worker(self, worker: Runner) -> None:
        if worker.usable and not self._closed:
            self._idle.append(worker)
        else:
            await self._discard(worker)

    async def _discard(self, worker: Runner) -> None:
        self._workers.pop(worker, None)
        await worker.close()


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
