"""The process of DynamoDB and SQS that replaces an ended one."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import ManualClock, SkippableClock
from stepfunctions_local.local_aws import local_aws
from stepfunctions_local.local_aws.endpoint import LocalAwsEndpoint
from stepfunctions_local.local_aws.local_aws import LocalAws
from stepfunctions_local.local_aws.process import AwsRequest, AwsResponse, LocalAwsStopped, MinistackProcess
from tests.unit.engine.harness import NOW


class EndedProcess:
    """Fails each request, and says whether it was closed."""

    is_closed = False

    async def send(self, _request: AwsRequest) -> AwsResponse:
        """Fail."""
        raise LocalAwsStopped("It has ended.")

    def set_clock(self, _clock: SkippableClock) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Note it."""
        self.is_closed = True


async def test_process_that_starts_while_the_endpoint_closes_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would outlive the endpoint otherwise."""
    processes, is_closed = [EndedProcess(), EndedProcess()], asyncio.Event()
    others = iter(processes)

    async def start(*_: Any) -> EndedProcess:
        process = next(others)
        if process is processes[1]:
            await is_closed.wait()
        return process

    monkeypatch.setattr(MinistackProcess, "start", start)
    skips: Any = SimpleNamespace(clock=SkippableClock(ManualClock(NOW)))
    aws = LocalAws(LocalAwsEndpoint("127.0.0.1", 0), Path("python"), Account())
    async with aws.running(skips, None):
        sending = asyncio.create_task(aws.send(AwsRequest("sqs", {}, "")))
        while not processes[0].is_closed:  # noqa: ASYNC110 - the request closes it
            await asyncio.sleep(0)
    is_closed.set()
    with pytest.raises(LocalAwsStopped):
        await sending
    assert processes[1].is_closed


async def test_warnings_about_tables_of_a_new_process_are_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was saved last may lack a table, and it may be refused."""

    async def start(*_: Any) -> EndedProcess:
        return EndedProcess()

    async def create(*_: Any) -> list[str]:
        return ["Tasks cannot be created here: no"]

    monkeypatch.setattr(MinistackProcess, "start", start)
    monkeypatch.setattr(local_aws, "create_tables", create)
    skips: Any = SimpleNamespace(clock=SkippableClock(ManualClock(NOW)))
    aws = LocalAws(LocalAwsEndpoint("127.0.0.1", 0), Path("python"), Account())
    async with aws.running(skips, None):
        with pytest.raises(LocalAwsStopped):
            await aws.send(AwsRequest("sqs", {}, ""))
    assert caplog.messages == [
        "The process of DynamoDB and SQS has ended: another one starts.",
        "Tasks cannot be created here: no",
    ]
