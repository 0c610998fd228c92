"""Pages of a table, and the switch between the two stores of this computer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

import pytest
from aiohttp.test_utils import TestClient, TestServer

from delay import Delay, Status
from delay.clock import Clock
from delay.console.desk import Desk, StoreChoice
from delay.console.direct_source import DirectSource
from delay.console.local_table import LocalTable
from delay.console.server import create_application
from delay.console.settings import Settings
from delay.console.table_pace import LOCAL
from delay.console.table_source import TableSource
from delay.errors import NoSuchTable
from delay.local.endpoint import TABLE, LocalEndpoint
from delay.testing import FakeStepFunctions, FakeTaskTable
from tests.unit.delay.console.browser import Browser
from tests.unit.delay.console.conftest import handle

MINUTE = timedelta(minutes=1)
AT_TABLE = "machine=table%2FTaskTable"


@dataclass
class TwoDesks:
    """Opens the desks of both stores."""

    executions: Desk
    table: Desk
    local: None = None

    def list_stores(self, machine: str | None) -> tuple[StoreChoice, ...]:
        """Return both."""
        return (
            StoreChoice("Executions", None, machine is None),
            StoreChoice("Table", "table/TaskTable", machine is not None),
        )

    def open(self, machine: str | None) -> Desk:
        """Return the desk of an address."""
        return self.executions if machine is None else self.table


@pytest.fixture
def delay(table: FakeTaskTable) -> Delay:
    return Delay(table.arn, backend=table)


@pytest.fixture
def source(delay: Delay, table: FakeTaskTable) -> TableSource:
    return TableSource(delay, LOCAL, watch=lambda: str(len(table.requests)))


@pytest.fixture
async def browser(delay: Delay, table: FakeTaskTable, source: TableSource) -> AsyncIterator[Browser]:
    sfn = FakeStepFunctions(handle, clock=table.clock)
    executions = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    desks = TwoDesks(Desk(executions, DirectSource(executions)), Desk(delay, source))
    async with TestClient(TestServer(create_application(desks, Settings("a test")))) as client:
        yield Browser(client)


async def test_pages_switch_between_the_stores(browser: Browser, delay: Delay) -> None:
    """The links of a page stay in its store."""
    delay.schedule({"n": 1}, after=MINUTE, key="row")
    page = await browser.load("/")
    assert page.rows == []
    assert page.find_link("Table") == f"/?{AT_TABLE}".replace("%2F", "/")
    page = await browser.load(page.find_link("Table"))
    assert page.rows == ["row"]
    for text in ("Tasks", "Dead letters", "row", "Schedule a task"):
        assert "machine=table" in page.find_link(text), text
    assert page.find_link("Executions") == "/"
    page = await browser.load(page.find_link("Dead letters"))
    assert page.find_link("Executions") == "/failed"


async def test_bar_of_a_crowded_minute_says_that_there_may_be_more(
    browser: Browser, delay: Delay, source: TableSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read ends once it has enough tasks; later minutes are not known."""
    for number in range(3):
        delay.schedule({}, after=2 * MINUTE, key=f"row-{number}")
    monkeypatch.setattr(source, "_most_due", 2)
    page = await browser.load(f"/?{AT_TABLE}")
    assert "At least 2 due in the next hour, by minute: at least 2 in one; not read after" in page.text
    assert "At least 2 due in the minute from" in page.text
    assert 'class="unknown"' in page.html


async def test_task_of_a_table_has_no_empty_sections(browser: Browser, delay: Delay) -> None:
    """It is a row, and has no state machine."""
    delay.schedule({"n": 1}, after=MINUTE, key="row")
    page = await browser.load(f"/tasks/row?{AT_TABLE}")
    assert "Row" in page.text
    for text in ("State machine", "Execution ", "Result"):
        assert text not in page.text.replace("Executions", "")


async def test_task_of_a_table_is_moved_cancelled_and_redriven(
    browser: Browser, delay: Delay, table: FakeTaskTable
) -> None:
    """The pages after each change show it."""
    delay.schedule({"n": 1}, after=MINUTE, key="row")
    delay.schedule({"fail": "closed"}, after=MINUTE, key="fails")
    page = await browser.send(f"/tasks/row/move?{AT_TABLE}", when="2h")
    assert "The task is moved." in page.text
    assert "in 2h" in page.text
    assert "Cancelled" in (await browser.send(f"/tasks/row/cancel?{AT_TABLE}")).text
    table.clock.forward(2 * MINUTE)
    page = await browser.load(f"/failed?{AT_TABLE}")
    assert page.rows == ["fails"]
    assert "ValueError: closed" in page.text
    page = await browser.load(page.find_link("Redrive"))
    before = len(table.calls)
    page = await browser.send(f"/failed/redrive?{AT_TABLE}")
    assert page.address.startswith("/jobs/")
    while "Done." not in page.text:
        page = await browser.load(page.address)
    assert "1 changed, 0 left as they are." in page.text
    table.clock.forward(MINUTE)
    assert len(table.calls) == before + 1


async def test_all_tasks_of_a_search_are_cancelled(browser: Browser, delay: Delay) -> None:
    """Also those that no page has read yet."""
    for number in range(3):
        delay.schedule({}, after=(number + 1) * MINUTE, key=f"bulk-{number}")
    delay.schedule({}, after=MINUTE, key="other")
    page = await browser.load(f"/cancel?prefix=bulk-&from=0s&until=150s&{AT_TABLE}")
    assert "Cancel 2 waiting tasks?" in page.text
    page = await browser.send(page.address)
    while "Done." not in page.text:
        page = await browser.load(page.address)
    assert "2 changed, 0 left as they are." in page.text
    left = [task.key for task in delay.list(Status.WAITING)]
    assert left == ["bulk-2", "other"]


async def test_empty_table_teaches_its_command(browser: Browser) -> None:
    """With the option for the store."""
    page = await browser.load(f"/?{AT_TABLE}")
    assert "--key first --store table" in page.text
    assert "arn:aws:dynamodb:" in page.text


def test_table_is_looked_for_again_after_some_seconds(table: FakeTaskTable) -> None:
    """Until it is there; no page waits for one that is not."""
    now, looks = [0.0], []

    def connect(service: str, url: str, region: str) -> object:
        looks.append((service, url, region))
        raise NoSuchTable("There is none.")

    endpoint = LocalEndpoint("http://127.0.0.1:9", service=TABLE)
    found = LocalTable(endpoint, "us-east-1", connect=connect, monotonic=lambda: now[0])
    for moment, expected in ((0.0, 1), (4.0, 1), (5.0, 2)):
        now[0] = moment
        assert found.find(table.clock) is None
        assert len(looks) == expected
    with pytest.raises(NoSuchTable):
        found.open(table.clock)


def test_table_is_found_by_two_pages_at_once(table: FakeTaskTable) -> None:
    """The second one waits for the look of the first."""
    found: list[Desk | None] = []

    class Looking(LocalTable):
        def open(self, clock: Clock) -> Desk:
            if not second.is_alive():
                second.start()
                second.join(timeout=0.1)
            return super().open(clock)

    local = Looking(
        LocalEndpoint("http://127.0.0.1:9", service=TABLE),
        "us-east-1",
        table.arn,
        connect=lambda *_: object(),
    )
    second = Thread(target=lambda: found.append(local.find(table.clock)))
    found.append(local.find(table.clock))
    second.join()
    assert found[0] is not None
    assert found[0] is found[1]
