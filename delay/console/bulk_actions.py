"""Changes of all tasks that a search shows, and the page of their progress."""

from collections.abc import Iterable, Iterator
from itertools import islice

from aiohttp import web

from delay.console.desk import Desk
from delay.console.jobs import Job
from delay.console.search import Search
from delay.console.source import TaskPage
from delay.console.web import (
    get_console,
    get_machine,
    open_desk,
    open_frame_without_desk,
    redirect,
    render,
    require_writable,
)
from delay.request import Change
from delay.task import Status, Task

_PAGE = 1_000
_MOST_COUNTED = 10_000
"""A search by time span is counted up to here before the question; a prefix alone is counted by status."""


async def ask_to_cancel(request: web.Request) -> web.Response:
    """Answer with the question before the waiting tasks of a search are cancelled."""
    console, machine = get_console(request), get_machine(request)
    require_writable(console)
    frame, desk = await console.run(lambda: open_desk(console, machine))
    search = Search.parse(dict(request.query), frame.now)
    number = await console.run(lambda: _count(desk, search))
    return render(request, "cancel_all.html", frame, search=search, number=number, most=_MOST_COUNTED)


async def cancel(request: web.Request) -> web.Response:
    """Begin to cancel the waiting tasks of a search, and answer with the page of the progress."""
    console, machine = get_console(request), get_machine(request)
    frame, desk = await console.run(lambda: open_desk(console, machine))
    search = Search.parse(dict(request.query), frame.now)
    if search.problem:
        raise web.HTTPNotFound
    job = Job("Cancelling tasks", search.address(machine=machine))
    changes = desk.delay.cancel_many(keys=(task.key for task in _list_waiting(desk, search)))
    return redirect(f"/jobs/{console.jobs.start(job, changes)}", machine=machine)


async def ask_to_redrive(request: web.Request) -> web.Response:
    """Answer with the question before all failed tasks are redriven."""
    console, machine = get_console(request), get_machine(request)
    require_writable(console)
    frame, _ = await console.run(lambda: open_desk(console, machine))
    return render(request, "redrive_all.html", frame, prefix=request.query.get("prefix", ""))


async def redrive(request: web.Request) -> web.Response:
    """Begin to redrive the failed tasks, and answer with the page of the progress."""
    console, machine = get_console(request), get_machine(request)
    _, desk = await console.run(lambda: open_desk(console, machine))
    prefix = request.query.get("prefix", "")
    job = Job("Redriving failed tasks", f"/failed{Search(prefix=prefix).address(machine=machine)[1:]}")
    return redirect(f"/jobs/{console.jobs.start(job, _redrive(desk, prefix))}", machine=machine)


async def show_job(request: web.Request) -> web.Response:
    """Answer with how far a job is."""
    console = get_console(request)
    state = console.jobs.find(request.match_info["job"])
    if state is None:
        raise web.HTTPNotFound
    frame = await console.run(lambda: open_frame_without_desk(console, get_machine(request)))
    return render(request, "job.html", frame, job=state)


def _redrive(desk: Desk, prefix: str) -> Iterable[Change]:
    if prefix:
        return desk.delay.redrive_many(prefix=prefix)
    keys = (task.key for status in (Status.FAILED, Status.TIMED_OUT) for task in desk.delay.list(status))
    return desk.delay.redrive_many(keys=list(keys))


def _count(desk: Desk, search: Search) -> int | None:
    """Return how many tasks a search shows; None if they are more than are counted."""
    if not search.has_window:
        counts = desk.source.count(search.prefix).counts
        is_exact = counts is not None and Status.WAITING not in counts.lower_bounds
        if counts and is_exact and Status.WAITING in counts.by_status:
            return counts.by_status[Status.WAITING]
    number = sum(1 for _ in islice(_list_waiting(desk, search), _MOST_COUNTED + 1))
    return number if number <= _MOST_COUNTED else None


def _list_waiting(desk: Desk, search: Search) -> Iterator[Task]:
    """Yield the waiting tasks of a search from its first page, read before they change.

    Those of a table are listed anew: what a page shows may not be read to the end.
    """
    if desk.is_table:
        yield from desk.delay.list(
            Status.WAITING, search.prefix, due_from=search.due_from, due_until=search.due_until
        )
        return
    page = desk.source.list_waiting(search.at(None), _PAGE)
    yield from page.tasks
    while page.following:
        page = _read_next(desk, search, page)
        yield from page.tasks


def _read_next(desk: Desk, search: Search, page: TaskPage) -> TaskPage:
    return desk.source.list_waiting(search.at(page.following), _PAGE)
