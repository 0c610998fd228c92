"""The console over a local table in Chromium: what a person sees and does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pytest

from stepfunctions_local.local_aws.interpreter import find_interpreter
from tests.acceptance.command import run, running
from tests.acceptance.console.test_browser import confirm, expect, find_heading, find_row
from tests.acceptance.table_build import copy_build

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

Open: TypeAlias = "Callable[..., Page]"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("built"),
    pytest.mark.skipif(find_interpreter() is None, reason="ministack is not installed: make local-aws"),
]

OPTIONS = ("--port", "0", "--lambda-port", "0", "--aws-port", "0", "--in-memory")
TASK_STORE = ("--parameter-overrides", "TaskStore=both")


@dataclass(frozen=True)
class TableSite:
    """The addresses of a local application with a table."""

    states: str
    rows: str
    url: str

    def run(self, *command: str) -> None:
        """Run `delay` for the table."""
        ended = run(
            "delay", *command, DELAY_LOCAL="1", DELAY_STORE="table", AWS_ENDPOINT_URL_DYNAMODB=self.rows
        )
        assert ended.code == 0, ended.err

    def skip(self, duration: str) -> None:
        """Skip time in the shell."""
        ended = run("delay", "clock", "skip", duration, "--endpoint-url", self.states)
        assert ended.code == 0, ended.err


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSite]:
    project = copy_build(tmp_path_factory.mktemp("table"))
    with running("delay", "local", *OPTIONS, *TASK_STORE, project=project, folder=project) as local:
        lines = {line[:16].strip(): line.split() for line in local.out.splitlines() if "http://" in line}
        yield TableSite(local.urls[0], lines["DynamoDB, SQS"][2], lines["Console"][1])


def test_tasks_of_a_table_are_seen_and_changed(site: TableSite, open_page: Open, axe: str) -> None:
    """One story, without a reload: appear, fire, move, cancel, fail, be redriven; then time is skipped."""
    page = open_page()
    page.goto(site.url)
    page.get_by_role("navigation", name="Stores").get_by_role("link", name="Table").click()
    expect(page.get_by_role("main"), "--store table")
    watch_one_fire(site, page)
    move_and_cancel(site, page)
    fail_and_redrive(site, page)
    skip_time(site, page)
    for path in ("/", "/?status=WAITING&prefix=x", "/tasks/fails", "/failed", "/time"):
        require_accessible(page, f"{site.url}{path}{'&' if '?' in path else '?'}machine=table/TaskTable", axe)


def watch_one_fire(site: TableSite, page: "Page") -> None:
    """It moves to the ended tasks by itself."""
    site.run("schedule", '{"order": 1}', "--in", "1h", "--key", "fires")
    row = find_row(page, "fires")
    expect(row, "Waiting")
    expect(row.locator(".left"), re.compile(r"in 5\dm"))
    site.skip("1h")
    expect(row, "Succeeded")
    expect(page.locator(".counts"), re.compile(r"Succeeded\s*1"))


def move_and_cancel(site: TableSite, page: "Page") -> None:
    """In dialogs, as tasks of executions are."""
    site.run("schedule", '{"order": 2}', "--in", "1h", "--key", "moves")
    page.get_by_role("link", name="moves", exact=True).click()
    main = page.get_by_role("main")
    expect(main, "Row")
    assert page.get_by_role("region", name="State machine").count() == 0
    page.get_by_role("link", name="Move").click()
    page.get_by_label("When").fill("3d")
    confirm(page, "Move")
    expect(page.locator(".countdown"), "in 2d 23h")
    page.get_by_role("link", name="Cancel").click()
    confirm(page, "Cancel the task")
    expect(find_heading(page), "Cancelled")


def fail_and_redrive(site: TableSite, page: "Page") -> None:
    """The page of the task has the lines of its calls."""
    site.run("schedule", '{"fail": "closed"}', "--in", "0s", "--key", "fails")
    site.skip("10m")
    page.get_by_role("link", name="Dead letters").click()
    expect(find_row(page, "fails"), "ValueError: closed")
    page.get_by_role("link", name="fails", exact=True).click()
    main = page.get_by_role("main")
    for text in ("ValueError", "closed", "START RequestId"):
        expect(main, text)
    page.get_by_role("link", name="Redrive").click()
    confirm(page, "Redrive")
    expect(main, "The task runs again.")
    site.skip("10m")
    expect(find_heading(page), "Failed")


def skip_time(site: TableSite, page: "Page") -> None:
    """In the browser, without a restart of the console: the countdown follows."""
    site.run("schedule", '{"order": 3}', "--in", "30d", "--key", "skipped")
    page.get_by_role("link", name="Time", exact=True).click()
    page.get_by_label("How far").fill("31d")
    page.get_by_role("button", name="Skip the span").click()
    expect(page.locator(".ahead"), re.compile(r"3\dd( \d+h)? ahead of the wall clock"))
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(find_row(page, "skipped"), "Succeeded")


def require_accessible(page: "Page", address: str, axe: str) -> None:
    """axe-core finds nothing to mend."""
    page.goto(address)
    page.evaluate(axe)
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], address
