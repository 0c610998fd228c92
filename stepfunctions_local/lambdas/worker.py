"""A worker: one process that runs one function, one invocation at a time."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.lambdas.conversation import Conversation
from stepfunctions_local.lambdas.environment import DUMMY_CREDENTIALS, build_worker_environment
from stepfunctions_local.lambdas.failure import failure
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.invocation import (
    Answered,
    Delivery,
    Ending,
    Invocation,
    InvocationOutcome,
    TimedOut,
)
from stepfunctions_local.lambdas.log import InvocationLog, Report
from stepfunctions_local.lambdas.process import WorkerProcess
from stepfunctions_local.lambdas.runtime_api import RuntimeApi

INIT_SECONDS = 10  # "Understanding the Lambda execution environment lifecycle"


class Worker:
    """Runs a function in one process, from its first invocation until it is closed.

    It stays `usable` while the process answers what it is asked.
    """

    @classmethod
    async def start(
        cls,
        function: Function,
        account: Account,
        stream: TextIO,
        environment: Mapping[str, str] = os.environ,
    ) -> "Worker":
        """Start the process. It may still be loading the function's code when this returns.

        The function gets the credentials of `environment`, or dummies.

        Raises:
            OSError: this machine gives no process, no port or no pipe.

        """
        conversation = Conversation()
        credentials = Credentials.from_environment(environment) or DUMMY_CREDENTIALS
        api = await RuntimeApi(conversation).start()
        try:
            process = WorkerProcess(
                [sys.executable, "-B", "-m", "awslambdaric", function.handler],
                build_worker_environment(function, account, api.address, credentials),
                function.code,
                conversation.end,
            )
        except OSError:
            await api.close()
            raise
        return cls(function, stream, conversation, api, process)

    def __init__(
        self,
        function: Function,
        stream: TextIO,
        conversation: Conversation,
        api: RuntimeApi,
        process: WorkerProcess,
    ) -> None:
        self._function = function
        self._stream = stream
        self._conversation = conversation
        self._api = api
        self._process = process
        self._begun: float | None = time.perf_counter()
        self._healthy = True

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        return self._healthy and not self._process.ended.done()

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation to its end; a worker that has not answered is killed with all it has started."""
        log = InvocationLog(invocation.request_id, self._stream)
        self._process.on_output = log.printed
        self._healthy = False
        init_ms = await self._initialise()
        log.start()
        begun = time.perf_counter()
        ending = await self._ending(invocation)
        report = self._report(_milliseconds_since(begun), init_ms)
        await self._settle(ending)
        return _outcome(invocation, ending, report, log)

    async def close(self) -> None:
        """Kill the process and all that it has started."""
        self._healthy = False
        await self._process.kill()
        await self._api.close()

    async def _initialise(self) -> float | None:
        """Wait until the code is loaded, or cannot be; give the milliseconds that took, None when warm.

        What loads for longer than Lambda allows goes on loading in the function's own time.
        """
        if self._begun is None:
            return None
        await asyncio.wait([self._conversation.ready], timeout=INIT_SECONDS)
        begun, self._begun = self._begun, None
        return _milliseconds_since(begun)

    async def _ending(self, invocation: Invocation) -> Ending:
        limit_seconds = self._function.timeout_seconds
        deadline_ms = int((time.time() + limit_seconds) * 1000)
        try:
            async with asyncio.timeout(limit_seconds):
                not_ready = await self._conversation.ready
                return not_ready or await self._conversation.give(Delivery(invocation, deadline_ms))
        except TimeoutError:
            return TimedOut(limit_seconds)

    async def _settle(self, ending: Ending) -> None:
        """Have all output in the log, and either a worker that can go on, or none."""
        self._process.drain()
        self._healthy = isinstance(ending, Answered) and self._conversation.ready.result() is None
        if not self._healthy:
            await self.close()

    def _report(self, duration_ms: float, init_ms: float | None) -> Report:
        return Report(duration_ms, self._function.memory_mb, self._process.peak_memory_mb, init_ms)


def _outcome(invocation: Invocation, ending: Ending, report: Report, log: InvocationLog) -> InvocationOutcome:
    failed = failure(ending, invocation.request_id)
    log.end(ending, failed, report)
    if isinstance(ending, Answered):
        return InvocationOutcome(ending.body, ending.failed, log.tail)
    return InvocationOutcome(failed.payload if failed else b"", failed=True, log_tail=log.tail)


def _milliseconds_since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
