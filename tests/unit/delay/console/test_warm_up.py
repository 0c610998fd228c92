"""The first page of a console is prepared before anyone asks for it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from delay import Delay
from delay.console.background import Background
from delay.console.desk import Desk, OneDesk
from delay.console.direct_source import DirectSource
from delay.console.port import LocalTime, PortError
from delay.console.server import create_application, serve_console
from delay.console.settings import Settings
from delay.console.warm_up import warm_up
from delay.console.web import CONSOLE, Console, build_templates, find_static
from delay.errors import Unreachable
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Endpoint:
    """A local endpoint that answers with its time, or not at all."""

    delay: Delay
    answers: bool = True

    def read_time(self) -> LocalTime:
        """Return the time there."""
        if not self.answers:
            raise PortError("It does not answer.")
        return LocalTime(self.delay.clock.now(), timedelta(0))


def build_console(delay: Delay, local: Any = None) -> Console:
    return Console(OneDesk(Desk(delay, DirectSource(delay)), local), Settings("a test"))


async def test_first_page_finds_its_templates_and_files_ready(delay: Delay) -> None:
    """It compiles none, and hashes none."""
    templates = build_templates()
    assert templates.cache is not None
    templates.cache.clear()
    find_static.cache_clear()
    application = create_application(OneDesk(Desk(delay, DirectSource(delay))), Settings("a test"))
    warm_up(application[CONSOLE])
    compiled, hashed = len(templates.cache), find_static.cache_info().misses
    async with TestClient(TestServer(application)) as client:
        page = await Browser(client).load("/")
    assert "delay schedule" in page.text
    assert (len(templates.cache), find_static.cache_info().misses) == (compiled, hashed)


async def test_nothing_is_read_from_aws(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Before a page asks."""
    warm_up(build_console(delay))
    assert sfn.requests == []


async def test_first_page_of_a_local_endpoint_is_read(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its index and its statements are in memory then."""
    warm_up(build_console(delay, Endpoint(delay)))
    assert "list_executions" in sfn.requests


async def test_table_is_not_read(table: Any) -> None:
    """Its reads go on behind the page, and cost an endpoint more than a query."""
    delay = Delay(table.arn, backend=table)
    warm_up(build_console(delay, Endpoint(delay)))
    assert table.requests == []


async def test_endpoint_without_an_answer_is_passed_over(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The first page will say so."""
    warm_up(build_console(delay, Endpoint(delay, answers=False)))
    assert sfn.requests == []


async def test_refused_read_is_passed_over(delay: Delay, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first page will say so."""

    def refuse(*_: object) -> None:
        raise Unreachable("It does not answer.")

    monkeypatch.setattr(DirectSource, "list_waiting", refuse)
    warm_up(build_console(delay, Endpoint(delay)))


async def test_address_is_there_before_the_first_page_is_prepared(delay: Delay) -> None:
    """The command prints it without a delay."""
    begun: list[Callable[[], None]] = []
    background = Background(lambda: 0.0, lambda _: None, begun.append)
    opener = OneDesk(Desk(delay, DirectSource(delay)))
    async with serve_console(opener, Settings("a test"), "127.0.0.1", 0, background=background) as address:
        assert address.startswith("http://127.0.0.1:")
        assert begun == []
        await asyncio.sleep(0)
        assert len(begun) == 1
