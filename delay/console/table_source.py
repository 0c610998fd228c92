"""Tasks in a table, through the public client: read by due time and by key behind the pages, and kept.

Rows are in the order of due times for a window of less than a day, and in the order of keys otherwise. So
the next hour is read by due time, which gives the first page and the bars; one pass over the keys gives the
rest. Reads cost money, not quota: how much is read in a second has a bound.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import chain, islice
from typing import Final

from delay.client import Delay
from delay.console.background import THREADS, Background
from delay.console.bars import list_window
from delay.console.direct_source import (
    ENDED,
    LATELY,
    build_page,
    format_place,
    is_in_window,
    list_after,
    parse_place,
    sort_by_end,
)
from delay.console.due_tasks import (
    MINUTE,
    MOST_DUE,
    SECOND,
    DueTasks,
    Place,
    build_place,
    floor_minute,
    get_order,
    parse_key,
)
from delay.console.format import format_day_and_time
from delay.console.kept_reads import Kept, KeptReads, Stamp
from delay.console.key_survey import KeySurvey
from delay.console.search import Search
from delay.console.source import CountPage, Freshness, MinutePage, TaskPage, TaskRead
from delay.console.table_pace import AWS, TablePace
from delay.console.task_details import TaskDetails
from delay.errors import DelayError
from delay.task import Counts, Status, Task

_DAY: Final = 1_438 * MINUTE
"""The longest window of which the client reads the minutes one by one, with a minute on both sides."""

_BEYOND: Final = 5 * MINUTE
"""The time that is read beyond the next hour, so that its bars are known while it is kept."""

_LOOK_SECONDS: Final = 0.1
_DRIFT_SECONDS: Final = 2.0
"""A difference of two clocks that is no skip."""


class TableSource:
    """The tasks of a client for a table. Nothing is read before a page asks for it.

    `watch` returns a text that changes with the rows, if something knows that.
    `background` is where it reads.
    `most_due` and `most_keys` bound one read; by default, keys are bound by the pace.
    """

    def __init__(
        self,
        delay: Delay,
        pace: TablePace = AWS,
        *,
        watch: Callable[[], str] = str,
        background: Background = THREADS,
        most_due: int = MOST_DUE,
        most_keys: int | None = None,
    ) -> None:
        self._delay = delay
        self._pace = pace
        self._watch = watch
        self._monotonic = background.monotonic
        self._most_due = most_due
        self._most_keys = most_keys or pace.most_keys
        self._offset = 0.0
        self._looked_at: float | None = None
        self._stamp = Stamp()
        self._reads = KeptReads(background, patience_seconds=pace.patience_seconds)
        self._details = TaskDetails(delay, pace.details_per_second, background)

    def list_waiting(self, search: Search, limit: int) -> TaskPage:
        """Return waiting tasks, the earliest due first.

        A page may end at the last task that was read; the next one goes on from there.
        """
        begin = _find_begin(search)
        due, survey = self._read_waiting(search, begin, limit)
        end = _find_end(due, survey, search)
        tasks = self._merge_waiting(due, survey, search, begin)
        page = build_page((task for task in tasks if end is None or get_order(task) <= end), limit)
        freshness = Freshness.combine(each.freshness for each in (due, survey) if each)
        if page.following is None and end is not None:
            freshness = replace(freshness, note=_describe_end(end))
            page = replace(page, following=format_place(end[0], parse_key(end)))
        return self._complete(replace(page, freshness=freshness))

    def list_running(self, search: Search, limit: int) -> TaskPage:
        """Return running tasks, the latest first."""
        survey = self._survey(search.prefix)
        listed = survey.value.running if survey.value else ()
        tasks = self._update(listed, survey.at, search, {Status.RUNNING})
        found = sorted(tasks, key=get_order, reverse=True)
        page = build_page(list_after(found, search.after), limit)
        return self._complete(replace(page, freshness=_note(survey)))

    def list_ended(self, search: Search, limit: int) -> TaskPage:
        """Return tasks that ended, the latest first."""
        survey = self._survey(search.prefix)
        wanted = {search.status} if search.status in ENDED else set(ENDED)
        listed = [task for task in survey.value.ended if task.status in wanted] if survey.value else []
        found = sort_by_end(self._update(listed, survey.at, search, wanted))
        if search.status not in ENDED:
            return self._complete(TaskPage(tuple(_list_lately(found)[:limit]), None, Freshness()))
        page = build_page(list_after(found, search.after), limit)
        return self._complete(replace(page, freshness=_note(survey)))

    def count(self, prefix: str) -> CountPage:
        """Return the numbers of tasks, as they were when they were last counted."""
        survey = self._survey(prefix)
        if survey.value is None or survey.value.is_complete:
            return CountPage(survey.value.counts if survey.value else None, survey.freshness)
        counted = self._reads.get(
            f"count {prefix}", lambda: self._delay.count(prefix=prefix), self._keep_counts, self._stamp
        )
        return CountPage(counted.value or survey.value.counts, counted.freshness)

    def count_by_minute(self, due_from: datetime, due_until: datetime) -> MinutePage:
        """Return how many tasks are due in each minute of the next hour, as far as its tasks were read."""
        found = self._read_hour().value
        if found is None:
            return MinutePage(None)
        known_until = found.due_until if found.due_until < due_until else None
        return MinutePage(found.count_by_minute(due_from, due_until), known_until)

    def read_task(self, key: str) -> TaskRead:
        """Return a task with its history, read some seconds ago at most, and since a change was noticed."""
        return self._details.read(key, self._pace.task_seconds, self._look())

    def forget(self, key: str) -> None:
        """Read a task that was changed: it is shown in place of what lists have of it."""
        self._details.forget(key)
        with suppress(DelayError):  # the task's page says so better
            self._details.read(key, 0)

    def revision(self) -> str:
        """Return a text that changes with each read, with what `watch` notices, and every few seconds."""
        stamp = self._look()
        steps = int(self._monotonic() / self._pace.step_seconds)
        return f"{stamp.revision} {stamp.epoch} {self._reads.version}.{self._details.version}.{steps}"

    def _read_waiting(
        self, search: Search, begin: Place, limit: int
    ) -> tuple[Kept[DueTasks] | None, Kept[KeySurvey]]:
        """Return the tasks by due time, if those are needed, and the pass over the keys."""
        survey = self._survey(search.prefix)
        first = floor_minute(max(begin[0], self._delay.clock.now()))
        is_enough = survey.value is None or survey.value.is_complete
        if search.prefix:
            return (None if is_enough else self._read_day(first, search, begin)), survey
        hour = self._read_hour()
        if hour.value is None or is_enough or _is_enough(hour.value, first, search, begin, limit):
            return hour, survey
        return self._read_day(first, search, begin), survey

    def _merge_waiting(
        self, due: Kept[DueTasks] | None, survey: Kept[KeySurvey], search: Search, begin: Place
    ) -> Iterator[Task]:
        """Yield the waiting tasks from a place on: by due time, by key, and those read since."""
        read = due.value if due else None
        streams: list[Iterable[Task]] = [
            self._list_unchanged(_list_others(survey.value, read, begin), survey.at),
            self._list_unchanged(_list_from(read.tasks, begin) if read else (), due.at if due else 0.0),
            sorted(self._list_changed(read, due.at if due else 0.0, survey.at), key=get_order),
        ]
        shown: set[str] = set()
        for task in merge(*streams, key=get_order):
            if get_order(task) > begin and task.key not in shown and _matches(task, search, {Status.WAITING}):
                shown.add(task.key)
                yield task

    def _list_unchanged(self, tasks: Iterable[Task], at: float) -> Iterator[Task]:
        """Yield the tasks of a list that were not read one by one since."""
        for task in tasks:
            known = self._details.find(task)
            if known is None or known[1] <= at:
                yield task

    def _list_changed(self, due: DueTasks | None, due_at: float, keys_at: float) -> Iterator[Task]:
        """Yield the tasks that were read one by one since the list that they would be in."""
        for task, at in self._details.list_since(min(due_at, keys_at) if due else keys_at):
            is_in_due = due is not None and due.contains(task)
            if at > (due_at if is_in_due else keys_at):
                yield task

    def _update(
        self, listed: Iterable[Task], at: float, search: Search, statuses: Collection[Status | None]
    ) -> list[Task]:
        """Return the tasks of some statuses, as they were last read one by one or listed."""
        changed = (task for task, _ in self._details.list_since(at))
        tasks = chain(self._list_unchanged(listed, at), changed)
        return [task for task in tasks if _matches(task, search, statuses)]

    def _complete(self, page: TaskPage) -> TaskPage:
        """Add the payloads that are known, and have the others read, and tasks that are about to end."""
        now = self._delay.clock.now()

        def keep(task: Task) -> float | None:
            is_moving = task.status.is_open and task.due is not None and task.due <= now
            return self._pace.task_seconds if is_moving else None

        unread = self._details.want([task for task in page.tasks if task.payload is None], keep)
        self._details.want([task for task in page.tasks if task.payload and keep(task) is not None], keep)
        tasks = tuple(map(self._add_details, page.tasks))
        return replace(page, tasks=tasks, freshness=replace(page.freshness, unread=unread))

    def _add_details(self, task: Task) -> Task:
        known, _ = self._details.find(task) or (None, 0.0)
        if task.payload is not None or known is None or known.due != task.due:
            return task
        return replace(task, payload=known.payload, output=known.output)

    def _read_hour(self) -> Kept[DueTasks]:
        first, last = list_window(self._delay.clock.now())
        return self._read_due((first, ""), last + _BEYOND, "", "the next hour")

    def _read_day(self, first: datetime, search: Search, begin: Place) -> Kept[DueTasks]:
        """Return tasks from a minute to the end of a search, of a day at most: the read that has a place."""
        last = min(search.window[1], first + _DAY)
        last = max(floor_minute(last) + MINUTE - SECOND, first)
        place: Place = (first, "")
        while True:
            found = self._read_due(place, last, search.prefix, f"due {place} {last} {search.prefix}")
            if found.value is None or not found.value.is_cut or found.value.end > begin:
                return found
            place = found.value.end

    def _read_due(self, begin: Place, last: datetime, prefix: str, name: str) -> Kept[DueTasks]:
        def read() -> DueTasks:
            listing = self._delay.list(Status.WAITING, prefix, due_from=begin[0], due_until=last)
            return DueTasks.of(listing, begin, last, self._most_due)

        return self._reads.get(name, read, self._keep_due, self._look())

    def _survey(self, prefix: str) -> Kept[KeySurvey]:
        def read() -> KeySurvey:
            return KeySurvey.of(self._delay.list(prefix=prefix), self._most_keys)

        return self._reads.get(f"keys {prefix}", read, self._keep_survey, self._look())

    def _keep_due(self, found: DueTasks | None) -> float:
        return max(self._pace.list_seconds, (found.cost if found else 0) / self._pace.due_per_second)

    def _keep_survey(self, found: KeySurvey | None) -> float:
        return max(
            self._pace.list_seconds, _sum(found.counts if found else None) / self._pace.keys_per_second
        )

    def _keep_counts(self, found: Counts | None) -> float:
        return max(self._pace.count_seconds, _sum(found) / self._pace.keys_per_second)

    def _look(self) -> Stamp:
        """Return by what reads are old: rows that have changed, or skipped time.

        A monotonic clock is not skipped with the other. One look is enough for the reads of a page.
        """
        now = self._monotonic()
        if self._looked_at is None or now - self._looked_at >= _LOOK_SECONDS:
            offset = self._delay.clock.now().timestamp() - now
            if abs(offset - self._offset) > _DRIFT_SECONDS:
                self._offset = offset
            self._looked_at, self._stamp = now, Stamp(self._watch(), f"{self._offset:.0f}")
        return self._stamp


def _find_begin(search: Search) -> Place:
    """Return the place after which the tasks of a page stand."""
    due, key = parse_place(search.after)
    return (search.window[0], "") if due is None else build_place(due, key)


def _is_enough(due: DueTasks, first: datetime, search: Search, begin: Place, limit: int) -> bool:
    """Whether tasks by due time fill a page, or are all of a search."""
    if not due.begin[0] <= first <= due.end[0]:
        return False
    rest = _list_from(due.tasks, begin)
    return search.window[1] <= due.due_until or sum(1 for _ in islice(rest, limit + 1)) > limit


def _list_others(survey: KeySurvey | None, due: DueTasks | None, begin: Place) -> Iterator[Task]:
    """Yield the tasks of a pass over keys that no list by due time would have.

    The first keys are not those that are due next: of an incomplete pass, only tasks past due are shown.
    """
    if survey is None:
        return
    for task in _list_from(survey.waiting, begin):
        is_past = due is not None and task.due is not None and task.due < due.begin[0]
        is_outside = due is None or not due.contains(task)
        if is_past or (is_outside and survey.is_complete):
            yield task
        elif not survey.is_complete:
            return


def _find_end(due: Kept[DueTasks] | None, survey: Kept[KeySurvey], search: Search) -> Place | None:
    """Return the place up to which a list knows all tasks; None if it knows them all."""
    if due is None or due.value is None or survey.value is None or survey.value.is_complete:
        return None
    return due.value.end if due.value.due_until < search.window[1] else None


def _list_from(tasks: Sequence[Task], begin: Place) -> Iterator[Task]:
    """Yield the tasks from a place on in their order by due time."""
    return islice(tasks, bisect_left(tasks, begin, key=get_order), None)


def _note(survey: Kept[KeySurvey]) -> Freshness:
    note = survey.value.note if survey.value else None
    return replace(survey.freshness, note=note)


def _describe_end(end: Place) -> str:
    last = end[0] if end[1] else end[0] - SECOND
    return (
        f"Tasks that are due until {format_day_and_time(last)} UTC are listed here: "
        "the next page goes on from there."
    )


def _list_lately(ended: Iterable[Task]) -> list[Task]:
    """Return the latest tasks of each status, the latest first."""
    number: Counter[Status] = Counter()
    found = []
    for task in ended:
        number[task.status] += 1
        if number[task.status] <= LATELY:
            found.append(task)
    return found


def _matches(task: Task, search: Search, statuses: Collection[Status | None]) -> bool:
    return task.status in statuses and task.key.startswith(search.prefix) and is_in_window(task, search)


def _sum(counts: Counts | None) -> int:
    return sum(counts.by_status.values()) if counts else 0
