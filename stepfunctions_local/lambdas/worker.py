"""A worker: one process that runs one function, one invocation at a time."""

import asyncio
import time
from contextlib import suppress
from typing import TextIO

from stepfunctions_local.account import Account
from stepfunctions_local.lambdas.command import build_command
from stepfunctions_local.lambdas.environment import WorkerEnvironment
from stepfunctions_local.lambdas.failure import describe_failure
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.invocation import (
    Delivery,
    Ending,
    Invocation,
    InvocationOutcome,
    Responded,
    TimedOut,
)
from stepfunctions_local.lambdas.log import InvocationLog, Report
from stepfunctions_local.lambdas.process import WorkerProcess
from stepfunctions_local.lambdas.runtime_api import RuntimeApi
from stepfunctions_local.lambdas.session import RuntimeSession

SETTLE_SECONDS = 1
INIT_SECONDS = 10  # source: "Understanding the Lambda execution environment lifecycle"


class Worker:
    """Runs a function in one process, from its first invocation until it is closed.

    It stays `usable` as long as its process responds to invocations.
    """

    @classmethod
    async def start(
        cls,
        function: Function,
        account: Account,
        stream: TextIO,
        environment: WorkerEnvironment | None = None,
    ) -> "Worker":
        """Start the process, and return while it may still be loading the function's code.

        Raises:
            OSError: the operating system cannot provide a process, a port or a pipe.

        """
        session = RuntimeSession()
        variables = environment or WorkerEnvironment()
        api = await RuntimeApi(session).start()
        try:
            process = WorkerProcess(
                build_command(function),
                await variables.build(function, account, api.address),
                function.code,
                session.end,
            )
        except BaseException:
            await api.close()
            raise
        return cls(function, stream, session, api, process)

    def __init__(
        self,
        function: Function,
        stream: TextIO,
        session: RuntimeSession,
        api: RuntimeApi,
        process: WorkerProcess,
    ) -> None:
        self._function = function
        self._stream = stream
        self._session = session
        self._api = api
        self._process = process
        self._started_at: float | None = time.perf_counter()
        self._healthy = True

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        return self._healthy and not self._process.ended.done()

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end. A worker that does not respond is killed with all it has started."""
        log = InvocationLog(invocation.request_id, self._stream)
        self._process.on_output = log.write
        self._healthy = False
        init_ms = await self._initialise()
        log.start()
        started_at = time.perf_counter()
        ending = await self._run(invocation)
        report = self._build_report(_milliseconds_since(started_at), init_ms)
        await self._clean_up(ending)
        return _build_outcome(invocation, ending, report, log)

    async def close(self) -> None:
        """Kill the process and all that it has started."""
        self._healthy = False
        await self._process.kill()
        await self._api.close()

    async def _initialise(self) -> float | None:
        """Wait until the code is loaded or has failed to load. Return the milliseconds; None if warm.

        Code that takes longer than Lambda allows goes on loading in the invocation's own time.
        """
        if self._started_at is None:
            return None
        await asyncio.wait([self._session.ready], timeout=INIT_SECONDS)
        started_at, self._started_at = self._started_at, None
        return _milliseconds_since(started_at)

    async def _run(self, invocation: Invocation) -> Ending:
        limit_seconds = self._function.timeout_seconds
        deadline_ms = int((time.time() + limit_seconds) * 1000)
        try:
            async with asyncio.timeout(limit_seconds):
                not_ready = await self._session.ready
                return not_ready or await self._session.deliver(Delivery(invocation, deadline_ms))
        except TimeoutError:
            return TimedOut(limit_seconds)

    async def _clean_up(self, ending: Ending) -> None:
        """Write the rest of the output to the log, and kill a worker that cannot go on."""
        self._process.drain()
        self._healthy = isinstance(ending, Responded) and self._session.ready.result() is None
        if not self._healthy:
            await self.close()
        elif isinstance(ending, Responded) and ending.failed:
            await self._settle()

    async def _settle(self) -> None:
        """Wait for a runtime that ends after it has reported an error, as that of Node.js does."""
        with suppress(TimeoutError):  # that of Python does not end
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._session.settle()

    def _build_report(self, duration_ms: float, init_ms: float | None) -> Report:
        return Report(duration_ms, self._function.memory_mb, self._process.peak_memory_mb, init_ms)


def _build_outcome(
    invocation: Invocation, ending: Ending, report: Report, log: InvocationLog
) -> InvocationOutcome:
    failure = describe_failure(ending, invocation.request_id)
    log.end(ending, failure, report)
    if isinstance(ending, Responded):
        return InvocationOutcome(ending.body, ending.failed, log.tail, log.kept)
    return InvocationOutcome(failure.payload if failure else b"", True, log.tail, log.kept)  # noqa: FBT003 - a field


def _milliseconds_since(started_at: float) -> float:
    return (time.perf_counter() - started_at) * 1000
