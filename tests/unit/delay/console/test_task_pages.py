"""The list of tasks, and the page of one."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from delay import Delay, Status
from delay.console import failed_tasks
from delay.console.direct_source import DirectSource
from delay.console.search import Search
from delay.console.source import TaskPage
from delay.console.task_row import TaskRow
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.browser import Browser

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tasks(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Schedule five tasks, of which two have ended."""
    for key, minutes in (("order-3", 30), ("order-1", 10), ("mail-1", 20)):
        delay.schedule({"n": key}, after=minutes * MINUTE, key=key)
    delay.schedule({"returns": {"sent": True}}, after=MINUTE, key="done")
    delay.schedule({"fail": "no such account"}, after=MINUTE, key="broken")
    sfn.clock.forward(2 * MINUTE)


@pytest.mark.usefixtures("tasks")
async def test_list_has_the_next_due_task_first(browser: Browser) -> None:
    """After the waiting ones come those that ended lately. Counts and bars stand above."""
    page = await browser.load("/")
    assert page.rows[:3] == ["order-1", "mail-1", "order-3"]
    assert sorted(page.rows[3:]) == ["broken", "done"]
    assert "in 8m" in page.text
    assert "ValueError: no such account" in page.text
    assert "1 due in the minute from" in page.text


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("prefix=order-", ["order-1", "order-3"]),
        ("status=FAILED", ["broken"]),
        ("status=SUCCEEDED&prefix=x", []),
        ("status=WAITING&from=15m&until=25m", ["mail-1"]),
        ("status=RUNNING", []),
        ("status=nonsense&prefix=mail", ["mail-1"]),
    ],
)
@pytest.mark.usefixtures("tasks")
async def test_search_limits_the_list(browser: Browser, query: str, rows: list[str]) -> None:
    """By the beginning of keys, by status, and by due time."""
    assert (await browser.load(f"/?{query}")).rows == rows


@pytest.mark.usefixtures("tasks")
async def test_bar_filters_by_its_minute(browser: Browser) -> None:
    """Its link shows the tasks due in it."""
    html = (await browser.load("/")).html
    bars = [line for line in html.splitlines() if 'class="bar"' in line]
    address = bars[0].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    page = await browser.load(address)
    assert page.rows == ["order-1"]
    chosen = [line for line in page.html.splitlines() if 'class="bar"' in line and "aria-current" in line]
    assert len(chosen) == 1


@pytest.mark.usefixtures("tasks")
async def test_numbers_above_a_search_say_that_they_are_of_all_tasks(browser: Browser) -> None:
    """And so do the bars. Without a search it goes without saying."""
    said = ("All tasks, whatever the search:", "3 of all tasks due in the next hour")
    page = await browser.load("/?prefix=order-1")
    assert all(text in page.text for text in said)
    page = await browser.load("/")
    assert not any(text in page.text for text in said)


async def test_pages_follow_each_other(browser: Browser, delay: Delay) -> None:
    """Tasks due at the same time are neither lost nor shown twice."""
    keys = [f"order-{number:03}" for number in range(120)]
    for key in keys:
        delay.schedule({}, after=MINUTE, key=key)
    page = await browser.load("/")
    found = page.rows
    while "Next page" in page.text:
        page = await browser.load(page.find_link("Next page"))
        found += page.rows
    assert found == keys
    assert "First page" in page.text


async def test_running_tasks_have_further_pages(
    browser: Browser, delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page after running tasks has running ones, too."""
    running = [replace(delay.schedule({}, after=MINUTE, key=key), status=Status.RUNNING) for key in "ab"]

    def list_running(_: DirectSource, search: Search, __: int) -> TaskPage:
        return TaskPage((running[1],)) if search.after else TaskPage((running[0],), "after a")

    monkeypatch.setattr(DirectSource, "list_running", list_running)
    page = await browser.load("/?status=RUNNING")
    assert page.rows == ["a"]
    page = await browser.load(page.find_link("Next page"))
    assert page.rows == ["b"]
    assert "Running tasks · delay" in page.text


async def test_empty_list_teaches(browser: Browser) -> None:
    """There stands the command and the Python that make a task, instead of an empty table."""
    page = await browser.load("/")
    assert "delay schedule '{\"a\": 1233333}' --in 2m --key first" in page.text
    assert "delay.schedule({" in page.text
    assert "table" not in page.tags


async def test_time_span_that_cannot_be_read_is_reported(browser: Browser) -> None:
    """The rest of the search is used, and what was typed stays."""
    page = await browser.load("/?from=tomorrow&until=2h&prefix=x")
    assert "'tomorrow' is not a time with a zone" in page.text
    assert page.wrong == ["from"]
    assert [page.values[name] for name in ("from", "until", "prefix")] == ["tomorrow", "2h", "x"]
    page = await browser.load("/?from=2h&until=1h")
    assert "The end of the time span is before its beginning." in page.text


@pytest.mark.usefixtures("tasks")
async def test_page_of_a_waiting_task_counts_down(browser: Browser) -> None:
    """It has the payload, the timeline, and the changes that are possible."""
    page = await browser.load("/tasks/order-1")
    assert "in 8m" in page.text
    assert '{ "n": "order-1" }' in page.text
    assert "WaitUntilDue" in page.text
    assert [page.find_link(text) for text in ("Run now", "Move", "Cancel")] == [
        f"/tasks/order-1/{action}" for action in ("run", "move", "cancel")
    ]


@pytest.mark.usefixtures("tasks")
async def test_timeline_is_in_the_time_of_its_page(browser: Browser, delay: Delay) -> None:
    """A span without an end goes on with the clock. A moved task began as another execution."""
    page = await browser.load("/tasks/order-1")
    assert 'data-since="' in page.html
    assert "Scheduled" in page.text
    delay.reschedule("order-1", after=MINUTE)
    page = await browser.load("/tasks/order-1")
    assert "Last moved" in page.text
    assert "Scheduled" not in page.text


@pytest.mark.usefixtures("tasks")
async def test_cut_column_can_be_read_by_pointing_at_it(browser: Browser) -> None:
    """A payload and an error are shortened by the width of the table."""
    page = await browser.load("/")
    assert 'title="{&#34;n&#34;: &#34;order-1&#34;}"' in page.html
    assert 'title="ValueError: no such account"' in page.html


@pytest.mark.usefixtures("tasks")
async def test_title_names_the_search(browser: Browser) -> None:
    """Tabs and the history tell searches apart."""
    assert "Waiting tasks order-… · delay" in (await browser.load("/?prefix=order-&status=WAITING")).text
    assert "Dead letters order-… · delay" in (await browser.load("/failed?prefix=order-")).text


@pytest.mark.usefixtures("tasks")
async def test_page_of_a_failed_task_says_why(browser: Browser) -> None:
    """It has the error, the cause, the number of calls, and a way to call again."""
    page = await browser.load("/tasks/broken")
    assert "Failed" in page.text
    assert "ValueError" in page.text
    assert "no such account" in page.text
    assert page.find_link("Redrive") == "/tasks/broken/redrive"
    assert "failed here" in page.text


@pytest.mark.usefixtures("tasks")
async def test_page_of_an_ended_task_has_its_result(browser: Browser) -> None:
    """As readable JSON."""
    page = await browser.load("/tasks/done")
    assert '{ "sent": true }' in page.text
    assert "Called after due time" in page.text


async def test_unknown_task_is_not_found(browser: Browser) -> None:
    """The page has the client's words."""
    page = await browser.load("/tasks/nobody")
    assert page.status == 404
    assert "No task has the key 'nobody'" in page.text


async def test_unknown_page_is_not_found(browser: Browser) -> None:
    """Those of a local endpoint do not exist on AWS."""
    for address in ("/nowhere", "/time", "/machines", "/machines/x", "/jobs/x", "/tasks/a/explode"):
        assert (await browser.load(address)).status == 404, address


@pytest.mark.usefixtures("tasks")
async def test_failed_tasks_have_a_page(browser: Browser) -> None:
    """With their errors."""
    page = await browser.load("/failed")
    assert page.rows == ["broken"]
    assert "ValueError: no such account" in page.text
    assert (await browser.load("/failed?prefix=x")).rows == []


async def test_all_failed_tasks_are_listed(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On as many pages as it takes."""
    monkeypatch.setattr(failed_tasks, "_PAGE", 2)
    for number in range(5):
        delay.schedule({"fail": "no"}, after=timedelta(0), key=f"order-{number}")
    sfn.clock.forward(timedelta(seconds=1))
    page = await browser.load("/failed?prefix=order-")
    found = page.rows
    while "More failed tasks" in page.text:
        page = await browser.load(page.find_link("More failed tasks"))
        found += page.rows
    assert sorted(found) == [f"order-{number}" for number in range(5)]
    assert (await browser.load(page.find_link("First page"))).address == "/failed?prefix=order-"


async def test_long_payload_and_result_can_be_read_whole(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions
) -> None:
    """The page shows their beginnings, and leads to the rest. Large numbers keep their digits."""
    long = {"text": "x" * 120_000, "number": 2**53 + 1}
    delay.schedule({"returns": long}, after=timedelta(0), key="long")
    sfn.clock.forward(timedelta(seconds=1))
    page = await browser.load("/tasks/long")
    assert "The first 100,000 of 120,0" in page.text
    whole = await browser.load(page.find_link("All of the payload"))
    assert json.loads(whole.html) == {"returns": long}
    whole = await browser.load(page.find_link("All of the result"))
    assert json.loads(whole.html) == long


@pytest.mark.parametrize("key", [".", ".."])
async def test_key_of_dots_has_a_page(browser: Browser, delay: Delay, key: str) -> None:
    """Browsers take such a part of an address for a folder."""
    delay.schedule({}, after=MINUTE, key=key)
    page = await browser.load("/")
    for segment in page.find_link(key).split("/"):
        assert unquote(segment) not in {".", ".."}
    page = await browser.load(page.find_link(key))
    assert "Waiting" in page.text
    await browser.send(page.find_link("Cancel"))
    assert delay.get(key).status is Status.CANCELLED


def test_long_error_says_that_it_is_cut(delay: Delay, sfn: FakeStepFunctions) -> None:
    """With an ellipsis, as a payload does."""
    delay.schedule({"fail": "x" * 1000}, after=timedelta(0), key="order-1")
    sfn.clock.forward(timedelta(seconds=1))
    row = TaskRow.of(delay.get("order-1"), delay.clock.now())
    assert row.error is not None
    assert (len(row.error), row.error[-2:]) == (160, "x…")


async def test_unreachable_step_functions_is_reported(browser: Browser, sfn: FakeStepFunctions) -> None:
    """With the client's words, and the status of a gateway."""
    sfn.fail("list_executions", "AccessDeniedException", times=9)
    page = await browser.load("/")
    assert page.status == 502
    assert "states:ListExecutions" in page.text
    assert "data-retry" in page.html


async def test_search_without_a_match_offers_no_cancelling(browser: Browser, delay: Delay) -> None:
    """There is nothing that the button could cancel, also if ended tasks match."""
    delay.schedule({}, after=MINUTE, key="order-1")
    assert "Cancel all waiting tasks" in (await browser.load("/?prefix=order-")).text
    assert "Cancel all waiting tasks" not in (await browser.load("/?prefix=other-")).text
    delay.cancel("order-1")
    page = await browser.load("/?prefix=order-")
    assert page.rows == ["order-1"]
    assert "Cancel all waiting tasks" not in page.text


async def test_narrow_row_of_a_failed_task_names_its_button(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions
) -> None:
    """The label stands beside the button where the table has no heading."""
    delay.schedule({"fail": "no"}, after=timedelta(0), key="order-1")
    sfn.clock.forward(timedelta(seconds=1))
    page = await browser.load("/failed")
    assert 'data-label="Call again"' in page.html
    assert 'data-label="After due"' not in page.html
