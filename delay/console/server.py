"""The console as a server: its routes, and the port that it listens on."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import web

from delay.console import actions, bulk_actions, events, failed_tasks, other_pages, task_pages
from delay.console.background import THREADS, Background
from delay.console.desk import Opener
from delay.console.guards import GUARDS
from delay.console.settings import Settings
from delay.console.warm_up import warm_up
from delay.console.web import CONSOLE, Console
from delay.text.url import build_url

_MAX_FORM_BYTES: Final = 2 * 1024 * 1024
_CLOSING_SECONDS: Final = 1.0
_CACHED: Final = "max-age=3600"


class ListenError(Exception):
    """The console cannot listen on its address. The message is for a person."""


def create_application(opener: Opener, settings: Settings) -> web.Application:
    """Return the console as an application of aiohttp."""
    application = web.Application(middlewares=GUARDS, client_max_size=_MAX_FORM_BYTES)
    application[CONSOLE] = console = Console(opener, settings)
    application.add_routes(_ROUTES)
    application.router.add_static("/static/", Path(str(files("delay.console") / "static")))
    application.on_response_prepare.append(_let_static_be_cached)

    async def stop(_: web.Application) -> None:
        console.stopping.set()

    async def close(_: web.Application) -> None:
        console.close()

    application.on_shutdown.append(stop)
    application.on_cleanup.append(close)
    return application


@asynccontextmanager
async def serve_console(
    opener: Opener,
    settings: Settings,
    host: str,
    port: int,
    option: str = "--port",
    *,
    background: Background = THREADS,
) -> AsyncIterator[str]:
    """Serve the console until the context ends, and yield its address. Port 0 takes a free one.

    `option` is the option of the command that chooses the port.
    `background` prepares the first page, once the caller lets other work begin.

    Raises:
        ListenError: another process listens on the port, or this computer does not have the host.

    """
    application = create_application(opener, settings)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await _listen(site, host, port, option)
        # Soon, and not at once: the caller prints the address first.
        asyncio.get_running_loop().call_soon(background.start, partial(warm_up, application[CONSOLE]))
        yield build_url(host, _find_port(runner))
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, host: str, port: int, option: str) -> None:
    try:
        await site.start()
    except OSError as error:
        address = build_url(host, port).removeprefix("http://")
        if error.errno == errno.EADDRINUSE:
            message = f"{address} is taken by another process: stop it, or choose another port with {option}."
        else:
            message = f"Cannot listen on {address} ({error.strerror or error}): choose another address."
        raise ListenError(message) from error


def _find_port(runner: web.AppRunner) -> int:
    return int(runner.addresses[0][1])


async def _let_static_be_cached(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = _CACHED


_ROUTES: Final = (
    web.get("/", task_pages.show_tasks),
    web.get("/tasks/{key}", task_pages.show_task),
    web.get("/tasks/{key}/payload.json", task_pages.show_payload),
    web.get("/tasks/{key}/result.json", task_pages.show_result),
    web.get("/tasks/{key}/{action}", actions.ask),
    web.post("/tasks/{key}/{action}", actions.act),
    web.get("/schedule", actions.ask_for_task),
    web.post("/schedule", actions.schedule),
    web.get("/cancel", bulk_actions.ask_to_cancel),
    web.post("/cancel", bulk_actions.cancel),
    web.get("/failed", failed_tasks.show_failed),
    web.get("/failed/redrive", bulk_actions.ask_to_redrive),
    web.post("/failed/redrive", bulk_actions.redrive),
    web.get("/jobs/{job}", bulk_actions.show_job),
    web.get("/machines", other_pages.show_machines),
    web.get("/machines/{name}", other_pages.show_machine),
    web.get("/time", other_pages.show_time),
    web.post("/time", other_pages.skip),
    web.get("/events", events.send_events),
)
