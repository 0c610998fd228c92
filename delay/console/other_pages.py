"""The pages besides those of tasks: state machines, and time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from delay.console.actions import parse_when
from delay.console.desk import Opener
from delay.console.format import format_exactly
from delay.console.graph import Graph, read_graph
from delay.console.lifecycle import read_lists
from delay.console.port import LocalPort, MachineDetails, PortError
from delay.console.search import Search
from delay.console.task_row import TaskRow
from delay.console.way import Way
from delay.console.web import (
    Console,
    Frame,
    get_console,
    get_machine,
    open_frame_without_desk,
    redirect,
    render,
)
from delay.errors import DelayError
from delay.text.duration import parse_duration

_PAGE: Final = 50
_PATIENCE_SECONDS: Final = 2
"""How long a page waits for a skip, which calls functions on its way."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """The contents of the page of a state machine. `problem` is why its executions could not be listed."""

    details: MachineDetails
    graph: Graph
    running: tuple[TaskRow, ...]
    waiting: tuple[TaskRow, ...]
    ended: tuple[TaskRow, ...]
    problem: str | None = None

    @property
    def graph_json(self) -> str:
        """The graph, for the script that draws it."""
        return self.graph.describe(Way())


async def show_machines(request: web.Request) -> web.Response:
    """Answer with the state machines."""
    console = get_console(request)
    local = require_local(console)
    frame = await console.run(lambda: open_frame_without_desk(console, get_machine(request)))
    machines = await console.run(local.list_machines)
    return render(request, "machines.html", frame, machines=machines)


async def show_machine(request: web.Request) -> web.Response:
    """Answer with one state machine."""
    console, name = get_console(request), request.match_info["name"]
    local = require_local(console)
    frame = await console.run(lambda: open_frame_without_desk(console, get_machine(request)))
    view = await console.run(lambda: _read_machine(console.opener, local, name, frame))
    if view is None:
        raise web.HTTPNotFound
    return render(request, "machine.html", frame, view=view, name=name)


async def show_time(request: web.Request) -> web.Response:
    """Answer with the time of the endpoint."""
    return await _show_time(request, None, {})


async def skip(request: web.Request) -> web.Response:
    """Skip time, and answer with the page of the time, or with the reason why it was refused."""
    console = get_console(request)
    local = require_local(console)
    form = await request.post()
    given = {name: str(value) for name, value in form.items()}
    try:
        wanted = _parse_skip(given)
        skipping = asyncio.ensure_future(console.run_slow(lambda: local.skip(wanted)))
        console.skips.begin(skipping)
        await asyncio.wait_for(asyncio.shield(skipping), _PATIENCE_SECONDS)
    except TimeoutError:
        return redirect("/time", machine=get_machine(request))
    except (PortError, ValueError) as error:
        console.skips.problem = None
        return await _show_time(request, str(error), given)
    return redirect("/time", note="skipped", machine=get_machine(request))


def require_local(console: Console) -> LocalPort:
    """Return what a local endpoint has beyond tasks, or raise that there is no such page."""
    if console.opener.local is None:
        raise web.HTTPNotFound
    return console.opener.local


async def _show_time(request: web.Request, error: str | None, given: Mapping[str, str]) -> web.Response:
    console = get_console(request)
    require_local(console)
    frame = await console.run(lambda: open_frame_without_desk(console, get_machine(request)))
    fields = {name: given.get(name, "") for name in ("span", "moment")}
    status, wrong = (422, given.get("kind")) if error else (200, None)
    return render(
        request,
        "time.html",
        frame,
        status=status,
        error=error,
        wrong=wrong,
        given=fields,
        skips=console.skips,
    )


def _parse_skip(form: dict[str, str]) -> dict[str, object]:
    """Return the request of a form.

    Raises:
        ValueError: its duration or its time cannot be understood.

    """
    match form.get("kind"):
        case "span":
            return _skip_by(parse_duration(form.get("span", "").strip()))
        case "moment":
            after, at = parse_when(form.get("moment", ""))
            return {"skip_to": format_exactly(at)} if at else _skip_by(after or timedelta(0))
    return {"skip_to_next": True}


def _skip_by(span: timedelta) -> dict[str, object]:
    return {"skip_seconds": int(span.total_seconds())}


def _read_machine(opener: Opener, local: LocalPort, name: str, frame: Frame) -> MachineView | None:
    machine = next((each for each in local.list_machines() if each.name == name), None)
    if machine is None:
        return None
    details = local.describe_machine(machine)
    graph = read_graph(details.definition)
    if machine.type == "EXPRESS":
        return MachineView(details, graph, (), (), (), "An Express state machine keeps no executions.")
    try:
        source = opener.open(name).source
        pages = read_lists(source, Search(), waiting=_PAGE, running=_PAGE, ended=_PAGE)
    except DelayError as error:
        return MachineView(details, graph, (), (), (), str(error))
    waiting, running, ended = (
        tuple(TaskRow.of(task, frame.now, name) for task in page.tasks) for page in pages
    )
    return MachineView(details, graph, running, waiting, ended)
