"""One run of an import: what the file has and the report does not call done is scheduled."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias, cast

from delay.clock import Clock
from delay.errors import (
    DelayError,
    NoSuchStateMachine,
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

_HOPELESS = (NoSuchStateMachine, NotPermitted, OverQuota, Throttled, Unreachable)
"""What one line fails of, the next one fails of, too."""

_WRITTEN_EVERY_SECONDS = 1.0
"""What a crash makes the next run send again is a second's worth."""

ScheduleMany: TypeAlias = Callable[[Iterable[Request]], Iterable[Result]]
"""Sends requests, and tells what became of each, in any order."""


class Follower(Protocol):
    """Is told how an import goes on."""

    def fail(self, faulty: Faulty) -> None:
        """Hear of a line that failed; the report has it as well."""
        ...

    def move(self, counts: "Counts") -> None:
        """Hear how many lines there were so far. Called for each, so that it had better be quick."""
        ...


@dataclass(frozen=True, slots=True)
class LineRequest(Request):
    """A request, the line it stands in, and its digest."""

    line: int = 0
    digest: bytes = b""


@dataclass(slots=True)
class Counts:
    """How many lines there were so far, by what became of them."""

    scheduled: int = 0
    scheduled_before: int = 0
    repeated: int = 0
    failed: int = 0

    @property
    def lines(self) -> int:
        """All of them."""
        return self.scheduled + self.scheduled_before + self.repeated + self.failed


class Import:
    """A run, from its beginning to its end.

    With `allow_past`, what was due before the run is scheduled at once. A delay that is over because earlier
    lines took so long does not need it.
    """

    def __init__(
        self,
        report: Report,
        earlier: EarlierRuns,
        heading: Heading,
        clock: Clock,
        follower: Follower,
        *,
        allow_past: bool = False,
    ) -> None:
        self.counts = Counts()
        self.stopped_by: DelayError | None = None
        """Why the rest was not tried: it would have failed of the same."""
        self.is_interrupted = False
        self._report = report
        self._earlier = earlier
        self._heading = heading
        self._clock = clock
        self._allow_past = allow_past
        self._follower = follower
        self._began = clock.now()
        self._write_again_at = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether no line was left, as it stands."""
        return not (self.is_interrupted or self.stopped_by or self.counts.failed)

    def interrupt(self) -> None:
        """Send no more; what is under way is waited for."""
        self.is_interrupted = True

    def run(self, rows: Iterable[Row], schedule_many: ScheduleMany) -> None:
        """Schedule what is missing, until the rows end, or `interrupt` is called, or there is no hope."""
        self._report.begin(self._heading)
        try:
            for result in schedule_many(self._requests(rows)):
                self._settle(result)
                self._follower.move(self.counts)
                self._write_now_and_then()
        finally:
            self._report.write_pending()
        self._report.end(is_complete=self.is_complete, **asdict(self.counts))

    def _requests(self, rows: Iterable[Row]) -> Iterator[LineRequest]:
        for outcome in read_items(rows, self._heading.started):
            if self.is_interrupted or self.stopped_by:
                return
            self._follower.move(self.counts)
            if isinstance(outcome, Faulty):
                self._fail(outcome)
            elif isinstance(outcome, Repeated):
                self.counts.repeated += 1
            elif outcome.digest in self._earlier.done:
                self.counts.scheduled_before += 1
            elif self._is_past(outcome):
                reason = (
                    f"due {format_moment(outcome.due)}, which has passed: --allow-past has it called at once"
                )
                self._fail(Faulty(outcome.line, reason, outcome.key))
            else:
                yield self._request(outcome)

    def _is_past(self, item: Item) -> bool:
        return item.due < self._began and not self._allow_past

    def _request(self, item: Item) -> LineRequest:
        is_late_by_us = isinstance(item.entry.due, timedelta)
        return LineRequest(
            item.entry.payload,
            at=item.due,
            key=item.key,
            allow_past=self._allow_past or is_late_by_us,
            line=item.line,
            digest=item.digest,
        )

    def _settle(self, result: Result) -> None:
        request = cast("LineRequest", result.request)  # they are all ours
        if result.error is None:
            self.counts.scheduled += 1
            self._report.add_done(request.digest)
        elif isinstance(result.error, _HOPELESS):
            self.stopped_by = self.stopped_by or result.error
        else:
            self._fail(Faulty(request.line, str(result.error), request.key))

    def _fail(self, faulty: Faulty) -> None:
        self.counts.failed += 1
        self._report.add_failure(faulty.line, faulty.key, faulty.reason)
        self._follower.fail(faulty)

    def _write_now_and_then(self) -> None:
        if self._clock.monotonic() >= self._write_again_at:
            self._report.write_pending()
            self._write_again_at = self._clock.monotonic() + _WRITTEN_EVERY_SECONDS
