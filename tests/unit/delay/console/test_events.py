"""Server-sent events: a change reaches an open page."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from delay import Delay
from delay.console import events
from delay.console.direct_source import DirectSource
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.browser import Browser


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_SECONDS", 0.01)


async def test_change_is_sent(browser: Browser, sfn: FakeStepFunctions) -> None:
    """The stream begins at once, and ends with its browser."""
    async with browser.client.get("/events") as response:
        assert response.content_type == "text/event-stream"
        assert await response.content.readline() == b"retry: 2000\n"
        sfn.clock.forward(timedelta(minutes=1))
        async with asyncio.timeout(60):
            while await response.content.readline() != b"event: changed\n":
                pass


async def test_each_minute_is_a_change(
    browser: Browser, sfn: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars and timelines move on if nothing else happens."""
    monkeypatch.setattr(DirectSource, "revision", lambda _: "the same")
    async with browser.client.get("/events") as response:
        await response.content.readline()
        sfn.clock.forward(timedelta(minutes=1))
        async with asyncio.timeout(60):
            while await response.content.readline() != b"event: changed\n":
                pass


async def test_open_page_outlives_an_outage(
    browser: Browser, delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outage and its end are changes like others."""

    def fail(_: DirectSource) -> str:
        delay.get("nobody")
        return ""

    async with browser.client.get("/events") as response:
        await response.content.readline()
        monkeypatch.setattr(DirectSource, "revision", fail)
        async with asyncio.timeout(60):
            while await response.content.readline() != b"event: changed\n":
                pass


async def test_streams_are_limited(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that opens pages without end does not use up the console."""
    monkeypatch.setattr(events, "_MOST_STREAMS", 1)
    async with browser.client.get("/events"), browser.client.get("/events") as second:
        assert second.status == 503


async def test_no_change_is_lost_while_a_stream_opens(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is read again once its stream is open, so that what is seen by then is read before."""
    steps: list[str] = []
    prepare, read = web.StreamResponse.prepare, DirectSource.revision

    async def note_headers(response: web.StreamResponse, request: web.BaseRequest) -> object:
        steps.append("headers")
        return await prepare(response, request)

    def note_read(source: DirectSource) -> str:
        steps.append("read")
        return read(source)

    monkeypatch.setattr(web.StreamResponse, "prepare", note_headers)
    monkeypatch.setattr(DirectSource, "revision", note_read)
    async with browser.client.get("/events") as response:
        assert await response.content.readline() == b"retry: 2000\n"
    assert steps[:2] == ["read", "headers"]
