"""A hundred thousand rows of a table are searched and paged through in the browser."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from delay import Delay
from delay.console.background import THREADS
from delay.console.desk import Desk, OneDesk
from delay.console.server import serve_console
from delay.console.settings import Settings
from delay.console.table_pace import LOCAL
from delay.console.table_source import TableSource
from delay.testing import FakeTaskTable
from task_table.key_row import KeyRow, RowStatus
from task_table.slot import Slot
from task_table.slot_row import SlotRow
from tests.acceptance.console.test_browser import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

NUMBER = 100_000
SPREAD_SECONDS = 30 * 24 * 3600
TOKEN = "0" * 16


def fill(table: FakeTaskTable) -> None:
    """Add waiting tasks over thirty days, with keys of a thousand prefixes; the first keys are due last."""
    begin = int(table.clock.now().timestamp())
    for number in range(NUMBER):
        due = begin + 60 + (NUMBER - number) * SPREAD_SECONDS // NUMBER
        put(table, f"order-{number // 100:03}-{number}", begin, due)


def put(table: FakeTaskTable, key: str, now: int, due: int) -> None:
    """Add the rows of a task."""
    slot, payload = Slot(due // 60, 0), '{"order": 1}'
    delay = due - now
    table.rows.put_slot(
        SlotRow(
            slot=slot, key=key, token=TOKEN, due=due, payload=payload, delay=delay, made=TOKEN, expires=due
        )
    )
    row = KeyRow(
        key=key,
        token=TOKEN,
        made=TOKEN,
        due=due,
        slot=slot.pk,
        status=RowStatus.WAITING,
        digest="",
        delay=delay,
        scheduled=now,
    )
    table.rows.insert([row])


@contextmanager
def serving(delay: Delay) -> Iterator[str]:
    """Serve the console of a client in a thread, and yield its address."""
    background = replace(THREADS, monotonic=lambda: delay.clock.now().timestamp())
    desk = Desk(delay, TableSource(delay, LOCAL, background=background))
    loop = asyncio.new_event_loop()
    serving = serve_console(OneDesk(desk), Settings("a test"), "127.0.0.1", 0)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def test_rows_are_searched_and_paged_by_due_time(open_page: "Callable[..., Page]") -> None:
    """By due time, which is not the order of the keys, and by a prefix."""
    table = FakeTaskTable()
    fill(table)
    with serving(Delay(table.arn, backend=table)) as url:
        page = open_page()
        page.goto(url)
        expect(page.locator(".counts"), f"{NUMBER:,}")
        assert list_keys(page)[0] == f"order-999-{NUMBER - 1}"
        assert page.locator(".bars rect.unknown").count() == 0
        expected = [f"order-{number // 100:03}-{number}" for number in reversed(range(NUMBER))]
        assert list_keys(page) == expected[:50]
        page.get_by_role("link", name="Next page").click()
        page.wait_for_url("**after=**")
        assert list_keys(page) == expected[50:100]
        search(page, "order-077-")
        assert list_keys(page) == [f"order-077-{number}" for number in range(7799, 7749, -1)]
        page.goto(f"{url}/?from=28d&until=29d&prefix=order-0")
        assert all(key.startswith("order-066-") for key in list_keys(page))
        page.goto(f"{url}/?prefix=order-077-7700")
        assert list_keys(page) == ["order-077-7700"]
        page.close()  # before its console ends


def search(page: "Page", prefix: str) -> None:
    """Search by a prefix, and wait for the first task of it."""
    page.get_by_label("Key begins with").fill(prefix)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**prefix=**")
    expect(page.locator("td.key").first, prefix)


def list_keys(page: "Page") -> list[str]:
    """Return the keys of the page."""
    page.locator("td.key").first.wait_for()
    return page.locator("td.key").all_inner_texts()
