"""A local application with its console, and a browser that looks at it."""

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import REPOSITORY, running
from tests.acceptance.console.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

PROJECT = REPOSITORY / "tests" / "contract" / "delay" / "project"
AXE = Path("delayed-tasks") / "axe-core-4.14.1.tgz"
PATIENCE_MS = 60_000


@pytest.fixture
def browser() -> Iterator["Browser"]:
    """Start Debian's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium: .ci/toolchains installs it")
    with playwright.sync_playwright() as started:
        # The sandbox needs a user other than root, whom containers often lack.
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Read the checker of accessibility."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    if not (cache / AXE).is_file():
        pytest.skip("there is no axe-core: .ci/toolchains downloads it")
    with tarfile.open(cache / AXE) as package:
        member = package.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run `delay local` for all tests of a file."""
    folder = tmp_path_factory.mktemp("console")
    shutil.copytree(PROJECT, folder / ".aws-sam" / "build")
    shutil.copy(REPOSITORY / "statemachine" / "delay.asl.json", folder / ".aws-sam" / "build")
    options = ("--project", str(folder), "--port", "0", "--lambda-port", "0", "--in-memory")
    with running("delay", "local", *options, folder=folder) as local:
        yield Site.of(local.urls[0], local.out)


def _find_complaint(message: "ConsoleMessage") -> list[str]:
    """Return what the browser complains about, except pages that say why a change was refused."""
    is_refusal = message.text.startswith("Failed to load resource: the server responded with")
    return [message.text] if message.type in {"error", "warning"} and not is_refusal else []


@pytest.fixture
def open_page(browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Open pages in windows of their own, and require that the console of the browser stays silent."""
    complaints: list[str] = []
    contexts = []

    def open_window(**settings: object) -> "Page":
        settings = {"timezone_id": "Europe/Berlin", "viewport": {"width": 1280, "height": 800}} | settings
        context = browser.new_context(**settings)  # type: ignore[arg-type] # of any kind
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.extend(_find_complaint(message)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []
