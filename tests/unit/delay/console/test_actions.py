"""The changes that a page makes: each asks first, and says why it was refused."""

from datetime import UTC, datetime, timedelta

import pytest

from delay import Delay, Status
from delay.console.actions import parse_when
from delay.console.jobs import Job
from delay.errors import InvalidRequest
from delay.request import Change
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.browser import Browser, Page

HOUR = timedelta(hours=1)


async def finish(browser: Browser, page: Page) -> Page:
    """Load the page of a job until it is done."""
    for _ in range(1000):
        if "Done." in page.text:
            return page
        page = await browser.load(page.address)
    raise AssertionError(page.text)


async def test_task_is_cancelled_after_a_question(browser: Browser, delay: Delay) -> None:
    """The question changes nothing."""
    delay.schedule({}, after=HOUR, key="order-1")
    assert "Cancel this task?" in (await browser.load("/tasks/order-1/cancel")).text
    assert delay.get("order-1").status is Status.WAITING
    page = await browser.send("/tasks/order-1/cancel")
    assert page.address == "/tasks/order-1?note=cancelled"
    assert "The task is cancelled." in page.text
    assert delay.get("order-1").status is Status.CANCELLED


@pytest.mark.parametrize("when", ["2h", "2026-12-01T01:00:00+01:00"])
async def test_task_is_moved(browser: Browser, delay: Delay, when: str) -> None:
    """By a duration from now, or to a time with its zone."""
    delay.schedule({}, after=HOUR, key="order-1")
    await browser.send("/tasks/order-1/move", when=when)
    moved = delay.get("order-1").due
    assert moved is not None
    now = delay.clock.now()
    expected = datetime(2026, 12, 1, tzinfo=UTC) if "T" in when else now + 2 * HOUR
    assert abs(moved - expected) <= timedelta(seconds=1)


async def test_task_is_run_now(browser: Browser, delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its function is called at once."""
    delay.schedule({"returns": 1}, after=HOUR, key="order-1")
    assert "The task is due now." in (await browser.send("/tasks/order-1/run")).text
    sfn.clock.forward(timedelta(seconds=1))
    assert len(sfn.calls) == 1


async def test_failed_task_is_redriven(browser: Browser, delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its function is called again."""
    delay.schedule({"fail": "x"}, after=timedelta(0), key="order-1")
    sfn.clock.forward(timedelta(seconds=1))
    await browser.send("/tasks/order-1/redrive")
    assert len(sfn.calls) == 2


async def test_refusal_is_in_the_words_of_the_shell(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions
) -> None:
    """The form stays, with what was filled in."""
    delay.schedule({}, after=HOUR, key="order-1")
    page = await browser.send("/tasks/order-1/move", when="soon")
    assert page.status == 422
    assert "'soon' is neither a duration nor a time: write 90s, 30m, 2h or 7d" in page.text
    assert (page.values["when"], page.wrong) == ("soon", ["when"])
    form = (await browser.load("/tasks/order-1/cancel")).form()
    sfn.clock.forward(2 * HOUR)
    page = await browser.post("/tasks/order-1/cancel", **form)
    assert page.status == 409
    assert "The task 'order-1'" in page.text
    assert "button" not in page.tags


async def test_change_that_the_status_forbids_is_not_offered(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions
) -> None:
    """The page of the question says why, also if its address was kept."""
    delay.schedule({}, after=HOUR, key="order-1")
    assert "status is Waiting" in (await browser.load("/tasks/order-1/redrive")).text
    sfn.clock.forward(2 * HOUR)
    page = await browser.load("/tasks/order-1/move")
    assert "This is not possible: the task's status is Succeeded." in page.text
    assert "button" not in page.tags


async def test_search_without_waiting_tasks_asks_nothing(browser: Browser) -> None:
    """There is nothing to confirm."""
    page = await browser.load("/cancel?prefix=order-")
    assert "No waiting task matches" in page.text
    assert "button" not in page.tags


async def test_task_is_scheduled(browser: Browser, delay: Delay) -> None:
    """Its page is shown."""
    page = await browser.send("/schedule", key="new", when="30m", payload='{"a": 1}')
    assert page.address == "/tasks/new?note=scheduled"
    assert delay.get("new").payload == {"a": 1}
    at = await browser.send("/schedule", key="at", when="2026-12-01T00:00:00Z", payload="")
    assert at.status == 200
    assert delay.get("at").due == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "says", "wrong"),
    [
        ({"when": "30m", "payload": "{"}, "The payload is not JSON", "payload"),
        ({"when": "30m", "payload": "[1]"}, "The payload is an array, not a JSON object", "payload"),
        ({"when": "400d", "payload": "{}"}, "364 days", "when"),
        ({"when": "2020-01-01T00:00:00Z", "payload": "{}"}, "has passed: write 0s", "when"),
        ({"when": "", "payload": "{}"}, "is neither a duration nor a time", "when"),
        ({"when": "30m", "payload": "{}", "key": "<script>"}, "key", "key"),
    ],
)
async def test_task_that_cannot_be_scheduled_is_refused(
    browser: Browser, fields: dict[str, str], says: str, wrong: str
) -> None:
    """Before any call, with what is allowed; what was filled in stays, and the wrong field is marked."""
    page = await browser.send("/schedule", **fields)
    assert page.status == 422
    assert says in page.text
    assert page.wrong == [wrong]
    assert "script" not in page.tags[page.tags.index("body") :]


async def test_all_tasks_of_a_search_are_cancelled(browser: Browser, delay: Delay) -> None:
    """Others stay. The progress has a page."""
    for key in ("order-1", "order-2", "mail-1"):
        delay.schedule({}, after=HOUR, key=key)
    listed = await browser.load("/?prefix=order-")
    address = listed.find_link("Cancel all waiting tasks of this search")
    assert "Cancel 2 waiting tasks?" in (await browser.load(address)).text
    page = await finish(browser, await browser.send(address))
    assert "2 changed, 0 left as they are. Done." in page.text
    assert delay.get("mail-1").status is Status.WAITING


async def test_all_failed_tasks_are_redriven(browser: Browser, delay: Delay, sfn: FakeStepFunctions) -> None:
    """Or those whose keys begin with a prefix."""
    for key in ("order-1", "order-2", "mail-1"):
        delay.schedule({"fail": "x"}, after=timedelta(0), key=key)
    sfn.clock.forward(timedelta(seconds=1))
    page = await finish(browser, await browser.send("/failed/redrive?prefix=order-"))
    assert "2 changed" in page.text
    assert page.find_link("Back") == "/failed?prefix=order-"
    page = await finish(browser, await browser.send("/failed/redrive"))
    assert "3 changed" in page.text
    assert len(sfn.calls) == 8


async def test_interrupted_job_says_why(browser: Browser, delay: Delay, sfn: FakeStepFunctions) -> None:
    """An error that every task would meet ends it."""
    delay.schedule({}, after=HOUR, key="order-1")
    sfn.fail("stop_execution", "AccessDeniedException", times=9)
    page = await finish(browser, await browser.send("/cancel?prefix=order-"))
    assert "states:StopExecution" in page.text


def test_due_time_is_a_duration_or_a_time() -> None:
    """Anything else is refused."""
    assert parse_when(" 30m ") == (timedelta(minutes=30), None)
    assert parse_when("2026-12-01T00:00:00Z") == (None, datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(InvalidRequest):
        parse_when("2026-12-01")


def test_job_of_an_ended_console_stops_after_its_task() -> None:
    """The rest is left as it is, and Ctrl-C need not wait for it."""
    job = Job("Cancelling", "/")
    job.stop()
    job.run(Change(f"task-{number}") for number in range(3))
    assert (job.state.changed, job.state.is_done) == (1, True)
    assert job.state.failure == "The console ended. The other tasks are left as they are."
