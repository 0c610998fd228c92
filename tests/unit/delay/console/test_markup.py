"""Keys, payloads, errors and logs are text, never markup, and control characters are shown escaped."""

from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import Environment

from delay import Delay, ScheduledTask, Status
from delay.console.endpoint_port import EndpointPort
from delay.console.failed_tasks import FailedTasks
from delay.console.graph import read_graph
from delay.console.port import CallLog, LocalTime
from delay.console.search import Search
from delay.console.settings import Settings
from delay.console.skips import Skips
from delay.console.source import Freshness
from delay.console.task_row import TaskRow
from delay.console.task_view import TaskView, build_view
from delay.console.web import Frame, build_templates
from delay.local.endpoint import STEP_FUNCTIONS, TABLE, LocalEndpoint, LocalService
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.browser import Browser, Page

HOSTILE = "<script>alert(1)</script>\"'&\x1b[2J\u202e\x00"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
EVENTS = [
    {"id": 1, "type": "WaitStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"name": HOSTILE}}
]


def build_hostile_view() -> TaskView:
    """Return the view of a task of which everything is hostile."""
    task = ScheduledTask(
        key=HOSTILE,
        status=Status.FAILED,
        arn=f"arn:aws:states:us-east-1:123456789012:execution:M:{HOSTILE}",
        started=NOW - timedelta(hours=1),
        due=NOW,
        ended=NOW,
        payload={HOSTILE: HOSTILE},
        output={HOSTILE: [HOSTILE]},
        error=HOSTILE,
        cause=HOSTILE,
    )
    definition = '{"StartAt": "A", "States": {"A": {"Type": "<script>", "End": true}}}'
    logs = (CallLog(HOSTILE, NOW, HOSTILE),)
    return build_view(task, EVENTS, read_graph(definition), now=NOW, logs=logs)


def render(templates: Environment, template: str, **context: object) -> Page:
    """Return a page without a server."""
    shared = {
        "console": Settings(HOSTILE),
        "csrf": "x",
        "frame": Frame(None, NOW, None),
        "carried": "",
        "here": f"/{HOSTILE}",
        "local": EndpointPort(LocalEndpoint("http://127.0.0.1:9000"), None, None),
        "machine": HOSTILE,
        "note": None,
        "path": "/",
    }
    return Page(200, "/", templates.get_template(template).render(shared | context))


def require_harmless(page: Page) -> None:
    """Require that a page has no element of the hostile text, and none of its control characters."""
    body = page.tags[page.tags.index("body") :]
    assert "script" not in body
    assert not {"\x1b", "\x00", "\u202e"} & set(page.text)
    assert "<script>alert(1)</script>" in page.text


def test_hostile_task_is_text() -> None:
    """As key, payload, result, error, cause, state, function and log."""
    view = build_hostile_view()
    page = render(build_templates(), "task.html", view=view, task=view.task)
    require_harmless(page)
    assert page.text.count("\\u001b[2J") >= 6


def test_hostile_rows_are_text() -> None:
    """In the list of failed tasks, with the error of a read."""
    rows = (TaskRow.of(build_hostile_view().task, NOW, HOSTILE),)
    search = Search(prefix=HOSTILE, after=HOSTILE)
    failed = FailedTasks(search, rows, Freshness(error=HOSTILE), ((Status.FAILED, HOSTILE),))
    require_harmless(render(build_templates(), "failed.html", failed=failed, search=search))


def test_hostile_message_is_text() -> None:
    """Such as the words of a service."""
    require_harmless(render(build_templates(), "error.html", message=HOSTILE))


async def test_hostile_payload_and_error_are_text(
    browser: Browser, delay: Delay, sfn: FakeStepFunctions
) -> None:
    """From scheduling to failure."""
    delay.schedule({"fail": HOSTILE}, after=timedelta(0), key="order-1")
    sfn.clock.forward(timedelta(seconds=1))
    for address in ("/", "/failed", "/tasks/order-1"):
        require_harmless(await browser.load(address))


async def test_hostile_search_is_text(browser: Browser) -> None:
    """The address is of others, too."""
    page = await browser.load("/?prefix=%3Cscript%3E&from=%3Cscript%3E&machine=%22%3E%3Cscript%3E")
    assert page.html.count("<script") == 2
    page = await browser.load("/tasks/%3Cscript%3E/cancel")
    assert "script" not in page.tags[page.tags.index("body") :]


async def test_page_asks_once_for_what_has_changed(browser: Browser, delay: Delay) -> None:
    """Its content comes with the answer for the bar of skipped time."""
    delay.schedule({}, after=timedelta(hours=1), key="order-1")
    for address in ("/", "/failed", "/tasks/order-1", "/tasks/order-1/move", "/tasks/none"):
        page = await browser.load(address)
        assert page.html.count("hx-get=") == 1, address
        assert page.html.count('hx-select-oob="#live:outerMorph"') == 1, address


def test_commands_name_the_endpoint_of_the_page() -> None:
    """They work as they stand, also if the endpoint is not at its usual port."""
    machines = render(build_templates(), "machines.html", machines=())
    assert "--endpoint-url http://127.0.0.1:9000 create-state-machine" in machines.text
    time = Frame(None, NOW, LocalTime(NOW, timedelta(0)))
    shown = {"error": None, "wrong": None, "given": {"span": "", "moment": ""}, "skips": Skips()}
    page = render(build_templates(), "time.html", frame=time, **shown)
    assert "delay clock skip 7d --endpoint-url http://127.0.0.1:9000" in page.text


@pytest.mark.parametrize(
    ("url", "service", "option"),
    [
        ("http://127.0.0.1:8083", STEP_FUNCTIONS, ""),
        ("http://127.0.0.1:8085", TABLE, " --endpoint-url http://127.0.0.1:8085"),
    ],
)
def test_clock_of_the_usual_endpoint_needs_no_option(url: str, service: LocalService, option: str) -> None:
    """That of a table alone is not the usual one."""
    assert EndpointPort(LocalEndpoint(url, service=service), None, None).clock_option == option
