"""One run of an import: schedule the tasks of a file that the report does not list as done."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias, cast

from delay.clock import Clock
from delay.errors import (
    DelayError,
    NoSuchStore,
    NotPermitted,
    OverQuota,
    Throttled,
    Unreachable,
)
from delay.files.earlier_runs import EarlierRuns
from delay.files.entry import Row
from delay.files.item import Faulty, Item, Repeated, read_items
from delay.files.report import Heading, Report
from delay.request import Request, Result
from delay.text.moment import format_moment

_FATAL = (NoSuchStore, NotPermitted, OverQuota, Throttled, Unreachable)
"""Errors that every further line would raise, too."""

_WRITE_EVERY_SECONDS = 1.0
"""After a crash, the next run repeats at most the requests of this time."""

ScheduleMany: TypeAlias = Callable[[Iterable[Request]], Iterable[Result]]
"""Sends requests and returns their results, in any order."""


class ImportObserver(Protocol):
    """Observes the progress of an import."""

    def on_failure(self, faulty: Faulty) -> None:
        """Receive a failed line, which is in the report as well."""
        ...

    def on_progress(self, counts: "Counts") -> None:
        """Receive the counts so far. Called for every line, so it must be fast."""
        ...


@dataclass(frozen=True, slots=True)
class LineRequest(Request):
    """A request, its line in the file, and its digest."""

    line: int = 0
    digest: bytes = b""


@dataclass(slots=True)
class Counts:
    """The numbers of lines so far, by their outcome."""

    scheduled: int = 0
    scheduled_before: int = 0
    repeated: int = 0
    failed: int = 0

    @property
    def lines(self) -> int:
        """The number of all lines."""
        return self.scheduled + self.scheduled_before + self.repeated + self.failed


class Import:
    """One run of an import.

    With `allow_past`, tasks that were due before the run are scheduled for now; otherwise they fail. A delay
    that ends during the run, while earlier lines are sent, needs no `allow_past`.
    """

    def __init__(
        self,
        report: Report,
        earlier: EarlierRuns,
        heading: Heading,
        clock: Clock,
        observer: ImportObserver,
        *,
        allow_past: bool = False,
    ) -> None:
        self.counts = Counts()
        self.stopped_by: DelayError | None = None
        """The error that stopped the import, since every further line would have met it too."""
        self.is_interrupted = False
        self._report = report
        self._earlier = earlier
        self._heading = heading
        self._clock = clock
        self._allow_past = allow_past
        self._observer = observer
        self._began = clock.now()
        self._write_again_at = 0.0
        self._sent = 0

    @property
    def is_complete(self) -> bool:
        """Whether every line so far is scheduled."""
        return not (self.is_interrupted or self.stopped_by or self.counts.failed)

    def interrupt(self) -> None:
        """Send no further requests. Those in flight are awaited."""
        self.is_interrupted = True

    def run(self, rows: Iterable[Row], schedule_many: ScheduleMany) -> None:
        """Schedule the missing tasks until the rows end, `interrupt` is called, or an error stops it."""
        self._report.begin(self._heading)
        try:
            for result in schedule_many(self._build_requests(rows)):
                self._record_result(result)
                self._observer.on_progress(self.counts)
                self._write_pending_if_due()
        finally:
            self._report.write_pending()
        self._report.end(is_complete=self.is_complete, sent=self._sent, **asdict(self.counts))

    def _build_requests(self, rows: Iterable[Row]) -> Iterator[LineRequest]:
        for item in read_items(rows, self._heading.started):
            if self.is_interrupted or self.stopped_by:
                return
            self._observer.on_progress(self.counts)
            if isinstance(item, Faulty):
                self._record_failure(item)
            elif isinstance(item, Repeated):
                self.counts.repeated += 1
            elif item.digest in self._earlier.done:
                self.counts.scheduled_before += 1
            elif self._is_past(item):
                due = format_moment(item.due)
                reason = f"due {due}, which is in the past: --allow-past calls the function at once"
                self._record_failure(Faulty(item.line, reason, item.key))
            else:
                self._sent += 1
                yield self._build_request(item)

    def _is_past(self, item: Item) -> bool:
        return item.due < self._began and not self._allow_past

    def _build_request(self, item: Item) -> LineRequest:
        is_delay = isinstance(item.entry.due, timedelta)
        return LineRequest(
            item.entry.payload,
            at=item.due,
            key=item.key,
            allow_past=self._allow_past or is_delay,  # its delay can only have ended during this run
            line=item.line,
            digest=item.digest,
        )

    def _record_result(self, result: Result) -> None:
        request = cast("LineRequest", result.request)  # all requests are built here
        if result.error is None:
            self.counts.scheduled += 1
            self._report.add_done(request.digest)
        elif isinstance(result.error, _FATAL):
            self.stopped_by = self.stopped_by or result.error
        else:
            self._record_failure(Faulty(request.line, str(result.error), request.key))

    def _record_failure(self, faulty: Faulty) -> None:
        self.counts.failed += 1
        self._report.add_failure(faulty.line, faulty.key, faulty.reason)
        self._observer.on_failure(faulty)

    def _write_pending_if_due(self) -> None:
        if self._clock.monotonic() >= self._write_again_at:
            self._report.write_pending()
            self._write_again_at = self._clock.monotonic() + _WRITE_EVERY_SECONDS
