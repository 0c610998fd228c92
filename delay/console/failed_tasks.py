"""The page of the failed and timed-out tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from delay.console.direct_source import sort_by_end
from delay.console.lifecycle import place_once
from delay.console.search import Search
from delay.console.source import Freshness
from delay.console.task_row import TaskRow
from delay.console.web import Console, Frame, get_console, get_machine, open_desk, render
from delay.task import Status

_FAILURES: Final = (Status.FAILED, Status.TIMED_OUT)
_PAGE: Final = 50
"""The most tasks of each status on a page."""


@dataclass(frozen=True, slots=True)
class FailedTasks:
    """The contents of the page. `following` are the statuses with more tasks, each with its next `after`."""

    search: Search
    rows: tuple[TaskRow, ...]
    freshness: Freshness
    following: tuple[tuple[Status, str], ...]

    @property
    def is_unknown(self) -> bool:
        """Whether there may be tasks that were not read yet, or could not be."""
        return self.freshness.is_first or self.freshness.error is not None


async def show_failed(request: web.Request) -> web.Response:
    """Answer with the failed tasks: the latest with either status, or further ones with one of them."""
    console, machine = get_console(request), get_machine(request)
    frame, failed = await console.run(lambda: _read(console, machine, dict(request.query)))
    return render(request, "failed.html", frame, failed=failed, search=failed.search)


def _read(console: Console, machine: str | None, query: Mapping[str, str]) -> tuple[Frame, FailedTasks]:
    frame, desk = open_desk(console, machine)
    search = Search.parse({name: query.get(name, "") for name in ("prefix", "status", "after")}, frame.now)
    statuses = (search.status,) if search.status in _FAILURES else _FAILURES
    read = desk.source.list_ended
    pages = place_once([read(replace(search, status=status), _PAGE) for status in statuses])
    tasks = sort_by_end(task for page in pages for task in page.tasks)
    rows = tuple(TaskRow.of(task, frame.now, machine) for task in tasks)
    places = zip(statuses, (page.following for page in pages), strict=True)
    following = tuple((status, place) for status, place in places if status and place)
    return frame, FailedTasks(search, rows, Freshness.combine(page.freshness for page in pages), following)
