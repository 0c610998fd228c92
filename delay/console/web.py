"""The tools of every handler of the console: its state, its threads, and the pages that it answers with."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from delay.console import format as text
from delay.console.address import add_machine
from delay.console.desk import Desk, Opener, StoreChoice
from delay.console.jobs import Jobs
from delay.console.port import LocalTime
from delay.console.settings import Settings
from delay.console.skips import Skips
from delay.console.task_row import LABELS, parse_segment, task_address

T = TypeVar("T")

_THREADS: Final = 8
_SLOW_THREADS: Final = 4

READ_ONLY: Final = "This console is read-only."

NOTES: Final = {
    "cancelled": "The task is cancelled.",
    "due": "The task is due now.",
    "moved": "The task is moved.",
    "redriven": "The task runs again.",
    "scheduled": "The task is scheduled.",
    "skipped": "Time is skipped.",
}
"""The sentences after a change, by their keys. An address has the key, never the text."""


class Console:
    """The state that the handlers share."""

    def __init__(self, opener: Opener, settings: Settings) -> None:
        self.opener = opener
        self.settings = settings
        self.csrf = secrets.token_urlsafe()
        self.executor = ThreadPoolExecutor(_THREADS, "delay-console")
        self.slow_executor = ThreadPoolExecutor(_SLOW_THREADS, "delay-console-slow")
        self.jobs = Jobs(self.slow_executor)
        self.skips = Skips()
        self.stopping = asyncio.Event()
        self.streams = 0
        self.templates = build_templates()

    def close(self) -> None:
        """End the jobs after the tasks in progress, and drop what has not begun."""
        self.jobs.stop()
        self.slow_executor.shutdown(wait=False, cancel_futures=True)
        self.executor.shutdown(wait=False, cancel_futures=True)

    async def run_slow(self, work: Callable[[], T]) -> T:
        """Return the result of work that may take minutes, so that no page waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self.slow_executor, work)

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of work that may block."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)


CONSOLE: Final = web.AppKey("console", Console)


@dataclass(frozen=True, slots=True)
class Frame:
    """The surroundings of a page: the desk, the time by which it counts, and other stores."""

    desk: Desk | None
    now: datetime
    local_time: LocalTime | None
    stores: tuple[StoreChoice, ...] = ()


def get_console(request: web.Request) -> Console:
    """Return the console that a request is for."""
    return request.app[CONSOLE]


def get_machine(request: web.Request) -> str | None:
    """Return the name of the state machine that an address names."""
    return request.query.get("machine") or None


def get_key(request: web.Request) -> str:
    """Return the key of the task that an address is for."""
    return parse_segment(request.match_info["key"])


def require_writable(console: Console) -> None:
    """Raise that there is no form for a change if the console is read-only."""
    if console.settings.is_read_only:
        raise web.HTTPForbidden(text=READ_ONLY)


def open_desk(console: Console, machine: str | None) -> tuple[Frame, Desk]:
    """Return the frame of a page, and its desk. It may block, and raise a DelayError or a PortError."""
    local = console.opener.local
    local_time = local.read_time() if local else None
    desk = console.opener.open(machine)
    return Frame(desk, desk.delay.clock.now(), local_time, console.opener.list_stores(machine)), desk


def open_frame_without_desk(console: Console, machine: str | None) -> Frame:
    """Return the frame of a page that needs no state machine."""
    local_time = console.opener.local.read_time() if console.opener.local else None
    now = local_time.now if local_time else datetime.now(UTC)
    return Frame(None, now, local_time, console.opener.list_stores(machine))


def render(
    request: web.Request,
    template: str,
    frame: Frame | None,
    *,
    status: int = 200,
    **context: Any,  # noqa: ANN401 - what a template shows
) -> web.Response:
    """Return a page."""
    console = get_console(request)
    local, machine = console.opener.local, get_machine(request)
    shared = {
        "carried": add_machine("", machine),
        "console": console.settings,
        "csrf": console.csrf,
        "local": local,
        "frame": frame,
        "here": f"/{request.path_qs.lstrip('/')}",  # never //, which would be another host
        "machine": machine,
        "note": NOTES.get(request.query.get("note", "")),
        "path": request.path,
    }
    page = console.templates.get_template(template).render(shared | context)
    return web.Response(text=page, content_type="text/html", status=status)


def redirect(address: str, **parameters: str | None) -> web.Response:
    """Return the answer to a change that was made: the page that shows it."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    location = f"{address}{'&' if '?' in address else '?'}{query}" if query else address
    return web.Response(status=303, headers={"Location": location})


@cache
def build_templates() -> Environment:
    """Return the templates. They escape every value: nothing of others is ever markup."""
    environment = Environment(
        loader=PackageLoader("delay.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= _FILTERS
    environment.globals |= {"labels": LABELS, "task_address": task_address, "static": find_static}
    return environment


@cache
def find_static(name: str) -> str:
    """Return the address of a file, which changes with it: browsers keep files for a while."""
    digest = hashlib.sha256((files("delay.console") / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:12]}"


def _format_iso(moment: datetime) -> str:
    return text.format_exactly(moment)


def _format_age(age: timedelta) -> str:
    return text.format_duration(age)


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "iso": _format_iso,
    "second": text.format_moment,
    "utc": lambda moment: f"{text.format_day_and_time(moment)} UTC",
    "moment": text.format_day_and_time,
    "age": _format_age,
    "span": text.format_span,
    "json": text.show_json,
    "plain": text.show_text,
    "lines": text.show_lines,
    "indented": text.indent_json,
    "number": lambda number: f"{number:,}",
}
