"""A console over Step Functions in memory, and a browser without scripts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from delay import Delay
from delay.console.desk import Desk, OneDesk
from delay.console.direct_source import DirectSource
from delay.console.server import create_application
from delay.console.settings import Settings
from delay.testing import FakeStepFunctions, FakeTaskTable
from tests.unit.delay.console.browser import Browser

MINUTE = timedelta(minutes=1)


def handle(event: dict[str, Any], _: object) -> Any:
    """Return what the payload asks for, or fail with it."""
    if "fail" in event:
        raise ValueError(event["fail"])
    return event.get("returns")


@pytest.fixture
def sfn() -> FakeStepFunctions:
    return FakeStepFunctions(handle)


@pytest.fixture
def table() -> FakeTaskTable:
    return FakeTaskTable(handle, attempts=1)


@pytest.fixture
def delay(sfn: FakeStepFunctions) -> Delay:
    return Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)


@pytest.fixture
def settings() -> Settings:
    return Settings("a test")


@pytest.fixture
async def browser(delay: Delay, settings: Settings) -> AsyncIterator[Browser]:
    opener = OneDesk(Desk(delay, DirectSource(delay)))
    async with TestClient(TestServer(create_application(opener, settings))) as client:
        yield Browser(client)
