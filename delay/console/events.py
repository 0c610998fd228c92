"""Server-sent events: one whenever a page may show something else."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from delay.console.port import PortError
from delay.console.web import Console, get_console, get_machine
from delay.errors import DelayError

_LOCAL_SECONDS: Final = 0.5
_SECONDS: Final = 2.0
"""How often a change is looked for."""

_MOST_STREAMS: Final = 50
_BEAT: Final = 20
"""After this number of looks without a change, something is sent to notice a closed browser."""


async def send_events(request: web.Request) -> web.StreamResponse:
    """Send an event for each change until the browser or the console ends."""
    console = get_console(request)
    if console.streams >= _MOST_STREAMS:
        return web.Response(text="Too many pages are open.", status=503, headers={"Retry-After": "60"})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    console.streams += 1
    try:
        # Before the headers: with them the page is read again, and no change may come between the two.
        seen = await _read_revision(console, get_machine(request))
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser has gone
            await _send(console, get_machine(request), response, seen)
    finally:
        console.streams -= 1
    return response


async def _send(console: Console, machine: str | None, response: web.StreamResponse, seen: str) -> None:
    await response.write(b"retry: 2000\n\n")
    seconds = _LOCAL_SECONDS if console.opener.local else _SECONDS
    looks = 0
    while not await _is_stopping(console, seconds):
        revision, looks = await _read_revision(console, machine), looks + 1
        if revision != seen:
            await response.write(b"event: changed\ndata: \n\n")
            seen, looks = revision, 0
        elif looks % _BEAT == 0:
            await response.write(b": still here\n\n")


async def _read_revision(console: Console, machine: str | None) -> str:
    """Return a text that changes with what pages show, also when the endpoint goes and comes.

    Each minute is a change: bars and timelines move on.
    """

    def read() -> str:
        desk = console.opener.open(machine)
        minute = f"{desk.delay.clock.now():%H:%M}"
        return f"{desk.source.revision()} {console.jobs.revision} {console.skips.revision} {minute}"

    try:
        return await console.run(read)
    except (DelayError, PortError) as error:
        return str(error)


async def _is_stopping(console: Console, seconds: float) -> bool:
    with suppress(TimeoutError):  # the time to look has come
        await asyncio.wait_for(console.stopping.wait(), seconds)
    return console.stopping.is_set()
