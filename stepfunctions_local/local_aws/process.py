"""The process that runs ministack: its requests and answers, its clock, its end."""

import asyncio
import itertools
import json
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import SkippableClock
from stepfunctions_local.errors import SettingError, StepFunctionsLocalError
from stepfunctions_local.local_aws import program

_LOG: Final = logging.getLogger(__name__)
_PROGRAM: Final = str(Path(program.__file__).resolve())
_CLOSING_SECONDS: Final = 300
"""How long it may take to save everything: 1,000,000 tasks take a minute and more on a busy computer."""


class LocalAwsStopped(StepFunctionsLocalError):
    """The process has ended, so DynamoDB and SQS are not there."""


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """An HTTP request for a service, `dynamodb` or `sqs`. The names of headers are in lower case."""

    service: str
    headers: Mapping[str, str]
    body: str
    method: str = "POST"
    path: str = "/"
    query: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AwsResponse:
    """An HTTP response of a service."""

    status: int
    headers: Mapping[str, str]
    body: str


class MinistackProcess:
    """Runs ministack until it is closed. `start` makes one.

    Raises:
        LocalAwsStopped: by `send`, if the process has ended or ends meanwhile.

    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[AwsResponse]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks = [asyncio.create_task(self._read_answers()), asyncio.create_task(self._read_log())]

    @classmethod
    async def start(
        cls, interpreter: Path, account: Account, clock: SkippableClock, folder: Path | None
    ) -> "MinistackProcess":
        """Start it, and return when it takes requests. Without a folder nothing is kept.

        Raises:
            SettingError: it does not start, or the folder has something else.

        """
        if folder:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        arguments = [str(interpreter), "-I", _PROGRAM, *([str(folder)] if folder else [])]
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_build_environment(account),
            limit=program.MAX_LINE_BYTES,
            start_new_session=True,  # Ctrl-C is for this process, which ends that one
        )
        running = cls(process)
        try:
            await running._ready
        except BaseException:
            await running.close()
            raise
        running.set_clock(clock)
        return running

    @property
    def process_id(self) -> int:
        """The id of the process."""
        return self._process.pid

    async def send(self, request: AwsRequest) -> AwsResponse:
        """Send a request, and return its response."""
        if self._tasks[0].done():
            raise LocalAwsStopped("The process of DynamoDB and SQS has ended.")
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._write(
                {
                    "id": number,
                    "service": request.service,
                    "method": request.method,
                    "path": request.path,
                    "headers": dict(request.headers),
                    "query": dict(request.query),
                    "body": request.body,
                }
            )
            response: AwsResponse = await answer
            return response
        finally:
            self._waiting.pop(number, None)

    def set_clock(self, clock: SkippableClock) -> None:
        """Let its clock show what the endpoint's clock shows."""
        stopped = clock.stopped_at
        self._write({"stopped": stopped.timestamp()} if stopped else {"ahead": clock.ahead.total_seconds()})

    async def close(self) -> None:
        """End it; it saves what has changed."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSING_SECONDS)
        except TimeoutError:
            _LOG.error(
                "DynamoDB and SQS have not ended in %d s and are killed: their latest changes are lost.",
                _CLOSING_SECONDS,
            )
            with suppress(ProcessLookupError):  # it has ended meanwhile
                # Process.kill() of an ended process would take its exit status from the event loop.
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        await asyncio.gather(*self._tasks)

    def _write(self, message: Mapping[str, Any]) -> None:
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read_answers(self) -> None:
        try:
            while self._process.stdout and (line := await self._process.stdout.readline()):
                self._take(json.loads(line))
        except ValueError:  # more than a line may have: no later answer can be read
            _LOG.exception("The answers of DynamoDB and SQS cannot be read.")
        stopped = LocalAwsStopped("The process of DynamoDB and SQS has ended.")
        for waiting in [*self._waiting.values()]:
            if not waiting.done():
                waiting.set_exception(stopped)
        if not self._ready.done():
            self._ready.set_exception(SettingError("DynamoDB and SQS do not start: see the lines above."))

    def _take(self, message: Mapping[str, Any]) -> None:
        if "fatal" in message and not self._ready.done():
            self._ready.set_exception(
                SettingError(f"{message['fatal']}. Move the file away, or stay without.")
            )
        elif "ready" in message:
            self._ready.set_result(None)
        elif (waiting := self._waiting.get(message["id"])) and not waiting.done():
            waiting.set_result(AwsResponse(message["status"], message["headers"], message["body"]))

    async def _read_log(self) -> None:
        while self._process.stderr and (line := await self._process.stderr.readline()):
            _LOG.warning("ministack: %s", line.decode(errors="replace").rstrip())


def _build_environment(account: Account) -> dict[str, str]:
    """Return the variables of the process: nothing of the caller's AWS settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "LOG_LEVEL": "ERROR",
        "MINISTACK_ACCOUNT_ID": account.id,
        "MINISTACK_REGION": account.region,
    }
