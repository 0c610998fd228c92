"""A hundred thousand waiting tasks are searched and paged through in the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import running
from tests.acceptance.console.journal import fill
from tests.acceptance.steps import with_boto3
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

NUMBER = 100_000


def test_tasks_are_searched_and_paged(open_page: "Callable[..., Page]", tmp_path: Path) -> None:
    """By due time, and by a prefix. The numbers are those of all tasks."""
    options = ("--port", "0", "--data-dir", str(tmp_path / "records"))
    with running("stepfunctions-local", *options, folder=tmp_path) as endpoint:
        call = with_boto3(endpoint.urls[0])
        call("create_state_machine", name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    fill(tmp_path / "records" / "journal.sqlite", NUMBER)
    with running("stepfunctions-local", *options, folder=tmp_path) as endpoint:
        serving = ("--local", "--endpoint-url", endpoint.urls[0], "--port", "0", "--no-open")
        with running("delay", "console", *serving, folder=tmp_path) as console:
            search(open_page(), console.out.split()[1])


def search(page: "Page", address: str) -> None:
    """Look at the first pages, and find one task of many."""
    page.goto(address)
    assert f"{NUMBER:,}" in page.locator(".counts").inner_text()
    assert page.get_by_role("table").first.get_by_role("link").count() == 50
    first = page.locator("td.key").first.inner_text()
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**after=**")
    assert page.locator("td.key").first.inner_text() != first
    page.get_by_label("Key begins with").fill("order-077-")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**prefix=**")
    keys = page.locator("td.key").all_inner_texts()
    assert len(keys) == 50
    assert all(key.startswith("order-077-") for key in keys)
    page.goto(f"{address}/?prefix=order-077-77077")
    assert page.locator("td.key").all_inner_texts() == ["order-077-77077"]
    page.close()  # before its console ends
