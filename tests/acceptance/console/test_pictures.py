"""The pictures of docs/console.md and the README are taken of a console as it is today.

`make pictures` takes them anew: it names the folder in PICTURES.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import REPOSITORY, Running, running
from tests.acceptance.console.conftest import PROJECT
from tests.acceptance.console.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

ORDERS = (
    ("order-1042-confirm", "3m", {"order": 1042, "mail": "confirm"}),
    ("order-1043-cancel", "12m", {"order": 1043, "reason": "unpaid"}),
    ("order-1044-cancel", "12m", {"order": 1044, "reason": "unpaid"}),
    ("cart-88-remind", "25m", {"cart": 88, "items": 3}),
    ("order-1045-cancel", "41m", {"order": 1045, "reason": "unpaid"}),
    ("trial-5-ends", "7d", {"account": 5, "plan": "trial"}),
    ("invoice-2026-12", "30d", {"invoice": "2026-12", "total": 129.9}),
)


def prepare(folder: Path) -> Path:
    """Build the project of the pictures in a folder."""
    shutil.copytree(PROJECT, folder / ".aws-sam" / "build")
    shutil.copy(REPOSITORY / "statemachine" / "delay.asl.json", folder / ".aws-sam" / "build")
    return folder


@contextmanager
def run_shop(folder: Path) -> Iterator[Running]:
    """Run the project in a folder whose name the pictures may show."""
    options = ("--project", str(folder), "--port", "0", "--lambda-port", "0", "--in-memory")
    with running("delay", "local", *options, folder=folder) as local:
        yield local


def test_pictures_are_taken(open_page: "Callable[..., Page]", tmp_path: Path) -> None:
    """Of the tasks, of a failed one, and of the time in the dark."""
    pictures = Path(os.environ.get("PICTURES", tmp_path))
    with TemporaryDirectory(prefix="shop-") as folder, run_shop(prepare(Path(folder))) as local:
        site = Site.of(local.urls[0], local.out)
        site.schedule("order-1040-confirm", "1s", order=1040, mail="confirm")
        site.schedule("order-1041-confirm", "1h", order=1041, fail="mailbox full")
        site.run("clock", "skip", "1h")
        for key, delay, payload in ORDERS:
            site.schedule(key, delay, **payload)
        for name, path, scheme in (
            ("console", "/", "light"),
            ("console-task", "/tasks/order-1041-confirm", "light"),
            ("console-time", "/time", "dark"),
        ):
            page = open_page(color_scheme=scheme, timezone_id="UTC", viewport={"width": 1280, "height": 760})
            page.goto(site.url + path)
            if name == "console-task":
                page.wait_for_selector(".graph svg")
            page.screenshot(path=pictures / f"{name}.png")
            page.close()  # before its console ends
            assert (pictures / f"{name}.png").stat().st_size > 10_000
