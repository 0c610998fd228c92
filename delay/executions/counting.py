"""Counts the tasks of a state machine by their status."""

from typing import Final

from delay.clock import Clock
from delay.executions.call_rates import CallRates
from delay.executions.generation import Generation
from delay.executions.listing import ExecutionListing
from delay.executions.service import StepFunctions
from delay.executions.waiting_index import NoIndex, WaitingIndex
from delay.listing import Watcher
from delay.many.rate_limit import RateLimiter
from delay.task import Counts, Status

_STATUS_FILTERS: Final = {
    Status.OPEN: "RUNNING",
    Status.SUCCEEDED: "SUCCEEDED",
    Status.FAILED: "FAILED",
    Status.TIMED_OUT: "TIMED_OUT",
    Status.STOPPED: "ABORTED",
}
"""The statuses that ListExecutions distinguishes, and its `statusFilter` for each."""

_INDEXED: Final = (
    Status.WAITING,
    Status.RUNNING,
    Status.SUCCEEDED,
    Status.FAILED,
    Status.TIMED_OUT,
    Status.STOPPED,
)
"""The statuses that a local endpoint distinguishes."""

_MOST_PAGES: Final = 10
"""The pages of ended tasks that are read for each status if all statuses are counted."""


class Counting:
    """Counts tasks: at once on a local endpoint, and a thousand a call on AWS."""

    def __init__(
        self, service: StepFunctions, clock: Clock, rates: CallRates, index: WaitingIndex | None
    ) -> None:
        self._service = service
        self._clock = clock
        self._rates = rates
        self._limiter = RateLimiter(rates.list, clock)
        self._index = index

    def count(self, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
        """Count the tasks of one status, or those of each."""
        progress = _Progress(watch)
        if (found := self._count_by_index(prefix)) is not None:
            if status is None:
                return Counts(found)
            if status in found:
                return Counts({status: found[status]})
            if status is Status.OPEN:
                return Counts({status: found[Status.WAITING] + found[Status.RUNNING]})
        if status is None:
            return self._count_all(prefix, progress)
        if status in _STATUS_FILTERS:
            return Counts({status: self._count_listed(status, prefix, None, progress)[0]})
        listing = ExecutionListing(
            self._service,
            self._clock,
            self._rates,
            status=status,
            prefix=prefix,
            due=True,
            index=self._index,
        )
        return Counts({status: sum(1 for _ in listing.iterate(watch))})

    def _count_all(self, prefix: str, progress: "_Progress") -> Counts:
        by_status: dict[Status, int] = {}
        cut_short: set[Status] = set()
        for status in _STATUS_FILTERS:
            most_pages = None if status is Status.OPEN else _MOST_PAGES
            by_status[status], is_cut_short = self._count_listed(status, prefix, most_pages, progress)
            cut_short |= {status} if is_cut_short else set()
        return Counts(by_status, frozenset(cut_short))

    def _count_listed(
        self, status: Status, prefix: str, most_pages: int | None, progress: "_Progress"
    ) -> tuple[int, bool]:
        """Return the number of tasks of a status, and whether unread pages are left."""
        number = 0
        self._limiter.take()
        for read, page in enumerate(self._service.list_executions(_STATUS_FILTERS[status]), 1):
            if most_pages is not None and read > most_pages:
                return number, True
            number += sum(Generation.of_name(each["name"]).key.startswith(prefix) for each in page)
            progress.add(len(page))
            self._limiter.take()
        return number, False

    def _count_by_index(self, prefix: str) -> dict[Status, int] | None:
        if self._index is None:
            return None
        try:
            found = self._index.count(prefix)
        except NoIndex:
            self._index = None
            return None
        return {status: found.get(status, 0) for status in _INDEXED}


class _Progress:
    """Passes on the number of executions read so far."""

    def __init__(self, watch: Watcher | None) -> None:
        self._watch = watch
        self._read = 0

    def add(self, number: int) -> None:
        """Add the executions of a page."""
        self._read += number
        if self._watch:
            self._watch(self._read)
