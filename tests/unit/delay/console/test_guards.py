"""The guards: other pages, forged forms, the token of the address, and read-only consoles."""

import asyncio
from http import HTTPStatus

import pytest

from delay import Delay, Status
from delay.console.gate import refuse
from delay.console.settings import Settings
from tests.unit.delay.console.browser import Browser
from tests.unit.delay.console.conftest import MINUTE


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8084", "localhost", "LOCALHOST:1", "a.localhost", "[::1]:8084", "own.example:8084"]
)
def test_names_of_this_computer_pass(host: str) -> None:
    """And so do names that are allowed, from no page and from the console's own."""
    assert refuse([host], [], {"own.example"}) is None
    assert refuse([host], [f"http://{host}"], {"own.example"}) is None


@pytest.mark.parametrize(
    ("hosts", "origins"),
    [
        (["evil.example"], []),
        (["localhost.evil.example"], []),
        ([], []),
        (["a b"], []),
        (["[localhost]"], []),
        (["::1"], []),
        (["localhost", "localhost"], []),
        (["localhost:8084"], ["http://evil.example"]),
        (["localhost:8084"], ["http://localhost:1"]),
        (["localhost:8084"], ["null"]),
        (["localhost:8084"], ["https://localhost:8084"]),
    ],
)
def test_other_names_and_pages_are_refused(hosts: list[str], origins: list[str]) -> None:
    """Also malformed and repeated ones."""
    assert (refuse(hosts, origins, set()) or "").startswith("Refused: ")


async def test_requests_of_other_pages_are_refused(browser: Browser) -> None:
    """By the name that they are for, or by the page that sent them. Nothing is shown."""
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        page = await browser.load("/", **headers)
        assert page.status == HTTPStatus.FORBIDDEN
        assert page.text.startswith("Refused")


async def test_form_needs_the_token_of_its_page(browser: Browser, delay: Delay) -> None:
    """Without it, or with another, nothing changes."""
    delay.schedule({}, after=MINUTE, key="order-1")
    for fields in ({}, {"csrf": "guessed"}):
        page = await browser.post("/tasks/order-1/cancel", **fields)
        assert page.status == HTTPStatus.FORBIDDEN
    assert delay.get("order-1").status is Status.WAITING


async def test_other_methods_are_refused(browser: Browser) -> None:
    """Such as DELETE and OPTIONS, which no page of the console sends."""
    for method in ("DELETE", "OPTIONS", "PUT"):
        async with browser.client.request(method, "/") as response:
            assert response.status == HTTPStatus.FORBIDDEN


async def test_every_response_forbids_what_pages_do_not_need(browser: Browser) -> None:
    """Scripts and styles come from the console's own files alone. Errors and files say so, too."""
    for address in ("/", "/nowhere", "/static/console.css", "/static/nowhere"):
        async with browser.client.get(address) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"


async def test_pages_have_no_script_and_no_style_within(browser: Browser, delay: Delay) -> None:
    """The policy would block them. Nothing is loaded from elsewhere."""
    delay.schedule({}, after=MINUTE, key="order-1")
    for address in ("/", "/tasks/order-1", "/tasks/order-1/move", "/schedule", "/failed"):
        html = (await browser.load(address)).html
        assert "<style" not in html
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<script>" not in html
        assert "https://" not in html
        assert "http://" not in html


@pytest.mark.parametrize("settings", [Settings("a test", is_read_only=True)])
async def test_read_only_console_changes_nothing(browser: Browser, delay: Delay) -> None:
    """It has no buttons, and refuses forms."""
    delay.schedule({}, after=MINUTE, key="order-1")
    page = await browser.load("/tasks/order-1")
    assert "read-only" in page.text
    assert "Run now" not in page.text
    assert "Schedule a task" not in (await browser.load("/?prefix=order")).text
    assert "Cancel all" not in (await browser.load("/?prefix=order")).text
    assert (await browser.post("/tasks/order-1/cancel")).status == HTTPStatus.FORBIDDEN
    assert delay.get("order-1").status is Status.WAITING


@pytest.mark.parametrize("settings", [Settings("a test", is_read_only=True)])
async def test_read_only_console_has_no_forms(browser: Browser, delay: Delay) -> None:
    """Not at their own addresses either."""
    delay.schedule({}, after=MINUTE, key="order-1")
    for address in ("/tasks/order-1/cancel", "/schedule", "/cancel?prefix=o", "/failed/redrive"):
        page = await browser.load(address)
        assert (page.status, "form" in page.tags) == (HTTPStatus.FORBIDDEN, False), address
        assert "This console is read-only." in page.text


@pytest.mark.parametrize("settings", [Settings("a test", token="secret")])
async def test_token_opens_the_console_once(browser: Browser) -> None:
    """From then on its cookie does, and no address has it."""
    for address in ("/", "/?token=guessed"):
        page = await browser.load(address)
        assert page.status == HTTPStatus.FORBIDDEN
        assert "the token" in page.text
    page = await browser.load("/?prefix=a&token=secret")
    assert (page.status, page.address) == (HTTPStatus.OK, "/?prefix=a")
    assert (await browser.load("/failed")).status == HTTPStatus.OK


@pytest.mark.parametrize("settings", [Settings("a test", token="secret")])
async def test_cookie_is_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    """It is also sent to no page of another site."""
    async with browser.client.get("/?token=secret", allow_redirects=False) as response:
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


async def test_address_that_looks_like_a_host_leads_nowhere(browser: Browser) -> None:
    """Links and reloads of a page stay at the console."""
    url = browser.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"GET //evil.example/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert "404 Not Found" in answer
    assert '"//evil' not in answer
