"""The console over a local endpoint: pages from its index, its time, its state machines and its logs."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from delay import Delay, Status
from delay.console import other_pages, task_pages
from delay.console.opener import LocalOpener
from delay.console.server import create_application
from delay.console.settings import Settings
from delay.local.endpoint import LocalEndpoint
from stepfunctions_local.testing import LocalStepFunctions
from tests.unit.delay.console.browser import Browser

PROJECT = Path(__file__).parents[1] / "delay" / "project"
DEFINITION = Path(__file__).parents[3] / "statemachine" / "delay.asl.json"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStepFunctions]:
    folder = tmp_path_factory.mktemp("console")
    shutil.copytree(PROJECT, folder / ".aws-sam" / "build")
    shutil.copy(DEFINITION, folder / ".aws-sam" / "build")
    with LocalStepFunctions(folder) as local:
        yield local


@pytest.fixture(scope="module")
def opener(local: LocalStepFunctions) -> LocalOpener:
    return LocalOpener(LocalEndpoint(local.url), local.lambda_url)


@pytest.fixture
def delay(opener: LocalOpener) -> Delay:
    opener.local.read_time()
    return opener.open(None).delay


@asynccontextmanager
async def open_browser(opener: LocalOpener) -> AsyncIterator[Browser]:
    application = create_application(opener, Settings("this computer"))
    async with TestClient(TestServer(application)) as client:
        yield Browser(client)


@pytest.fixture
async def browser(opener: LocalOpener) -> AsyncIterator[Browser]:
    async with open_browser(opener) as browser:
        yield browser


async def test_tasks_come_from_the_index(browser: Browser, delay: Delay, local: LocalStepFunctions) -> None:
    """Waiting ones by due time, ended ones with their results, and the numbers of all."""
    for key, hours in (("list-b", 3), ("list-a", 2), ("list-gone", 4)):
        delay.schedule({"n": key}, after=hours * HOUR, key=key)
    delay.cancel("list-gone")
    delay.schedule({"fail": "no luck"}, after=HOUR, key="list-failed")
    local.skip(HOUR)
    page = await browser.load("/?prefix=list-")
    assert page.rows[:2] == ["list-a", "list-b"]
    assert set(page.rows[2:]) == {"list-failed", "list-gone"}
    assert "ValueError: no luck" in page.text
    assert (await browser.load("/?prefix=list-&status=CANCELLED")).rows == ["list-gone"]
    assert (await browser.load("/?prefix=list-&status=FAILED")).rows == ["list-failed"]
    assert (await browser.load("/?prefix=list-&status=FAILED&until=30m&from=-")).rows == ["list-failed"]
    assert (await browser.load("/?prefix=list-&status=FAILED&from=30m")).rows == []
    assert (await browser.load("/?prefix=list-&from=90m")).rows == ["list-b", "list-gone"]


async def test_cancelled_task_that_another_program_stopped_is_looked_at(
    browser: Browser, delay: Delay, local: LocalStepFunctions
) -> None:
    """Whether its function was called decides between cancelled and failed."""
    task = delay.schedule({}, after=HOUR, key="foreign")
    local.client.stop_execution(executionArn=task.arn, error="Mine")
    assert (await browser.load("/?prefix=foreign&status=CANCELLED")).rows == ["foreign"]
    assert delay.get("foreign").status is Status.CANCELLED


async def test_pages_go_on_after_a_place(
    browser: Browser, delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of waiting and of ended tasks."""
    monkeypatch.setattr(task_pages, "_PAGE", 4)
    for number in range(6):
        delay.schedule({}, after=HOUR, key=f"page-{number:02}")
    first = await browser.load("/?prefix=page-&status=WAITING")
    second = await browser.load(first.find_link("Next page"))
    assert sorted(first.rows + second.rows) == [f"page-{number:02}" for number in range(6)]
    page = await browser.send("/cancel?prefix=page-")
    while "Done." not in page.text:
        page = await browser.load(page.address)
    ended = await browser.load("/?prefix=page-&status=CANCELLED")
    rest = await browser.load(ended.find_link("Next page"))
    assert len(set(ended.rows + rest.rows)) == 6


async def test_task_has_its_log_and_its_graph(
    browser: Browser, delay: Delay, local: LocalStepFunctions
) -> None:
    """From the endpoints of Lambda and Step Functions."""
    delay.schedule({}, after=timedelta(seconds=1), key="logged")
    local.skip(timedelta(seconds=2))
    page = await browser.load("/tasks/logged")
    assert "Log of the function" in page.text
    assert "START RequestId" in page.text
    assert "CallFunction Task passed" in page.text
    assert '"to": "__end"' in page.html.replace("&#34;", '"')


async def test_delay_counts_from_the_time_there(
    browser: Browser, delay: Delay, local: LocalStepFunctions
) -> None:
    """Also after a skip that the console has not made itself."""
    local.skip(48 * HOUR)
    await browser.send("/schedule", key="later", when="1h", payload="{}")
    due = delay.get("later").due
    assert due is not None
    assert abs(due - local.now - HOUR) < timedelta(minutes=1)
    assert "ahead of the wall clock" in (await browser.load("/")).text


async def test_time_is_skipped_in_three_ways(
    browser: Browser, delay: Delay, local: LocalStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of the endpoint is reported in its words."""
    monkeypatch.setattr(other_pages, "_PATIENCE_SECONDS", 60)
    before = local.now
    page = await browser.send("/time", kind="span", span="2h")
    assert page.address.startswith("/time")
    delay.schedule({}, after=5 * HOUR, key="next")
    await browser.send("/time", kind="next")
    assert local.now - before > 2 * HOUR
    before = local.now
    await browser.send("/time", kind="moment", moment="30m")
    assert local.now - before >= HOUR / 2
    refused = await browser.send("/time", kind="moment", moment="2020-01-01T00:00:00Z")
    assert refused.status == 422
    assert "is not ahead" in refused.text
    refused = await browser.send("/time", kind="moment", moment="tomorrow")
    assert "'tomorrow' is neither a duration nor a time" in refused.text
    assert (refused.values["moment"], refused.wrong) == ("tomorrow", ["moment"])


async def test_state_machines_are_shown(browser: Browser, local: LocalStepFunctions) -> None:
    """With the findings about their definitions, Express ones without executions."""
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    role = "arn:aws:iam::123456789012:role/any"
    local.client.create_state_machine(name="Other", definition=definition, roleArn=role)
    local.client.create_state_machine(name="Fast", definition=definition, roleArn=role, type="EXPRESS")
    page = await browser.load("/machines")
    assert {"DelayStateMachine", "Other", "Fast"} <= set(page.text.split())
    other = await browser.load("/machines/Other")
    assert '"StartAt": "A"' in other.text
    assert "None yet." in other.text
    assert "An Express state machine keeps no executions." in (await browser.load("/machines/Fast")).text
    assert (await browser.load("/machines/Nothing")).status == 404
    assert (await browser.load("/?machine=Other")).status == 200
    assert (await browser.load("/?machine=Nothing")).status == 409


async def test_empty_list_names_the_endpoint(browser: Browser, local: LocalStepFunctions) -> None:
    """The command works as it stands, also for another port than the usual one."""
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    role = "arn:aws:iam::123456789012:role/any"
    local.client.create_state_machine(name="Empty", definition=definition, roleArn=role)
    page = await browser.load("/?machine=Empty")
    assert f"--key first --local --endpoint-url {local.url}" in page.text


async def test_execution_without_a_due_time_waits_in_the_list(
    browser: Browser, local: LocalStepFunctions
) -> None:
    """As it is counted: any state machine may wait."""
    definition = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    role = "arn:aws:iam::123456789012:role/any"
    machine = local.client.create_state_machine(name="Waits", definition=json.dumps(definition), roleArn=role)
    local.client.start_execution(stateMachineArn=machine["stateMachineArn"], name="waits")
    page = await browser.load("/?machine=Waits&status=WAITING")
    assert page.rows == ["waits"]
    assert "no due time" in page.text
    assert (await browser.load("/machines/Waits")).rows == ["waits"]


async def test_lost_endpoint_is_reported() -> None:
    """With the command that starts it."""
    async with open_browser(LocalOpener(LocalEndpoint("http://127.0.0.1:1"))) as browser:
        page = await browser.load("/")
    assert page.status == 502
    assert "start it with `delay local --port 1`" in page.text
