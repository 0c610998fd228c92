"""The pages of tasks: the list, and one task."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from delay.console.bars import Bar, build_bars, list_window
from delay.console.desk import Desk
from delay.console.direct_source import ENDED
from delay.console.format import write_json
from delay.console.lifecycle import place_once, read_lists
from delay.console.search import STATUSES, Search
from delay.console.source import CountPage, Freshness, TaskPage
from delay.console.task_row import TaskRow
from delay.console.task_view import TaskView, read_task
from delay.console.web import Console, Frame, get_console, get_key, get_machine, open_desk, render
from delay.task import Status, Task

_PAGE = 50
_RUNNING = 20
_LATELY = 10


@dataclass(frozen=True, slots=True)
class Group:
    """A table of the list: its heading, its rows, and the `after` of its next page."""

    title: str
    status: Status | None
    rows: tuple[TaskRow, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class TaskList:
    """The contents of the page of tasks.

    `bars` are None if the source cannot say what is due when; they are known until `known_until`, or all.
    """

    search: Search
    counts: CountPage
    bars: tuple[Bar, ...] | None
    groups: tuple[Group, ...]
    freshness: tuple[Freshness, ...]
    known_until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no task at all."""
        return not any(group.rows for group in self.groups)

    @property
    def has_waiting(self) -> bool:
        """Whether it shows a waiting task."""
        return any(group.rows for group in self.groups if group.status is Status.WAITING)

    @property
    def is_unknown(self) -> bool:
        """Whether there may be tasks that were not read yet, or could not be."""
        return any(each.is_first or each.error for each in self.freshness)


async def show_tasks(request: web.Request) -> web.Response:
    """Answer with the list of tasks."""
    console, machine = get_console(request), get_machine(request)
    frame, tasks = await console.run(lambda: _read_list(console, machine, dict(request.query)))
    given = {name: request.query.get(name, "") for name in ("from", "until")}
    return render(
        request,
        "tasks.html",
        frame,
        tasks=tasks,
        search=tasks.search,
        statuses=STATUSES,
        given=given,
        wrong=tasks.search.wrong,
    )


async def show_task(request: web.Request) -> web.Response:
    """Answer with one task."""
    console, machine = get_console(request), get_machine(request)
    key = get_key(request)
    frame, view = await console.run(lambda: _read_one(console, machine, key))
    return render(request, "task.html", frame, view=view, task=view.task)


async def show_payload(request: web.Request) -> web.Response:
    """Answer with all of a task's payload as JSON."""
    return await _show_json(request, lambda task: task.payload)


async def show_result(request: web.Request) -> web.Response:
    """Answer with all of a task's result as JSON."""
    return await _show_json(request, lambda task: task.output)


async def _show_json(request: web.Request, choose: Callable[[Task], object]) -> web.Response:
    console, machine, key = get_console(request), get_machine(request), get_key(request)

    def read() -> str:
        return write_json(choose(console.opener.open(machine).source.read_task(key).task))

    return web.Response(text=await console.run(read), content_type="application/json")


def _read_one(console: Console, machine: str | None, key: str) -> tuple[Frame, TaskView]:
    frame, desk = open_desk(console, machine)
    return frame, read_task(desk, console.opener.local, key, frame.now, machine)


def _read_list(console: Console, machine: str | None, query: dict[str, str]) -> tuple[Frame, TaskList]:
    frame, desk = open_desk(console, machine)
    search = Search.parse(query, frame.now)
    return frame, find_tasks(desk, search, frame.now, machine)


def find_tasks(desk: Desk, search: Search, now: datetime, machine: str | None) -> TaskList:
    """Return the contents of the page of a search at a time. It may block, and raise a DelayError."""
    pages = _find_pages(desk, search)
    groups = tuple(
        Group(
            title,
            status,
            tuple(TaskRow.of(task, now, machine) for task in page.tasks),
            page.following,
        )
        for title, status, page in pages
        if page.tasks or status is Status.WAITING or search.status
    )
    counts = desk.source.count("")
    minutes = desk.source.count_by_minute(*list_window(now))
    bars = None if minutes.minutes is None else build_bars(minutes.minutes, now, minutes.known_until)
    freshness = _list_freshness(Freshness.combine(page.freshness for *_, page in pages), counts.freshness)
    return TaskList(search, counts, bars, groups, freshness, minutes.known_until)


def _list_freshness(lists: Freshness, counts: Freshness) -> tuple[Freshness, ...]:
    """Return that of the lists, and that of the numbers if a page has something else to say of them."""
    is_same = (counts.age, counts.error) in {(lists.age, lists.error), (None, None)}
    return (lists,) if is_same else (lists, replace(counts, is_count=True))


def _find_pages(desk: Desk, search: Search) -> list[tuple[str, Status | None, TaskPage]]:
    """Return the tables of a search: one of a status, or the running, the waiting and the ended ones."""
    source = desk.source
    if search.status in ENDED:
        return [(search.status, search.status, source.list_ended(search, _PAGE))]
    if search.status is Status.RUNNING:
        return [("Running", Status.RUNNING, source.list_running(search, _PAGE))]
    title = "Waiting, due next first"
    if search.status is Status.WAITING or search.after:
        (waiting,) = place_once([source.list_waiting(search, _PAGE)])
        return [(title, Status.WAITING, waiting)]
    waiting, running, ended = read_lists(source, search, waiting=_PAGE, running=_RUNNING, ended=_LATELY)
    return [
        ("Running", Status.RUNNING, running),
        (title, Status.WAITING, waiting),
        ("Ended lately", None, ended),
    ]
