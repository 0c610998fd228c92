"""A run of an import: it sends the missing tasks, reports the failures, and the next run resumes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delay.errors import DelayError, DuplicateKey, NotPermitted, OverQuota, Throttled, Unreachable
from delay.files.importing import Counts, Import
from delay.files.item import Faulty
from delay.files.report import Heading
from delay.files.report_file import open_report
from delay.request import Request, Result
from tests.unit.delay.files.reading import read_ndjson

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@dataclass
class StandingClock:
    """A clock that stands still."""

    time: datetime = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time

    def monotonic(self) -> float:
        """Return zero."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Fail, since nothing may sleep here."""
        raise AssertionError(f"Nothing sleeps {seconds} s here.")


@dataclass
class Service:
    """Accepts requests and keeps them by key. `refuse` returns the error of a request, or None."""

    refuse: Callable[[Request], DelayError | None] = lambda _: None
    sent: dict[str, Request] = field(default_factory=dict)

    def schedule_many(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Accept the requests one by one."""
        for request in requests:
            error = self.refuse(request)
            if error is None:
                self.sent[str(request.key)] = request
            yield Result(request, error=error)


@dataclass
class Notes:
    """Records the failures of an import."""

    failures: list[Faulty] = field(default_factory=list)
    watch: Callable[[Counts], None] = lambda _: None

    def on_failure(self, faulty: Faulty) -> None:
        """Record a failure."""
        self.failures.append(faulty)

    def on_progress(self, counts: Counts) -> None:
        """Pass the counts to the test."""
        self.watch(counts)


@dataclass
class Runs:
    """The runs of one import, with its report, its service and its failures."""

    path: Path
    service: Service = field(default_factory=Service)
    notes: Notes = field(default_factory=Notes)

    def run(
        self, content: str, now: datetime = NOON, *, allow_past: bool = False, interrupt_after: int = 99
    ) -> Import:
        """Run the import of this NDJSON, as the command does."""
        self.notes = Notes()
        with open_report(self.path, Heading("tasks.ndjson", "arn", now)) as (report, earlier):
            importing = Import(
                report,
                earlier,
                earlier.resume(Heading("tasks.ndjson", "arn", now)),
                StandingClock(now),
                self.notes,
                allow_past=allow_past,
            )
            self.notes.watch = lambda counts: (
                importing.interrupt() if counts.scheduled >= interrupt_after else None
            )
            importing.run(read_ndjson(content), self.service.schedule_many)
        return importing


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "report")


def line(key: str, when: str = '"in": "7d"') -> str:
    """Return the line of a task."""
    return f'{{"key": "{key}", {when}, "payload": {{"key": "{key}"}}}}\n'


def test_all_tasks_are_sent(runs: Runs) -> None:
    """Each request has payload, key and due time."""
    importing = runs.run(line("a") + line("b", '"at": "2026-12-24T00:00:00Z"'))
    assert importing.counts == Counts(scheduled=2)
    assert importing.is_complete
    assert runs.service.sent["a"].payload == {"key": "a"}
    assert [request.at for request in runs.service.sent.values()] == [
        NOON + timedelta(days=7),
        datetime(2026, 12, 24, tzinfo=UTC),
    ]


def test_second_run_sends_nothing(runs: Runs) -> None:
    """Every task is already scheduled."""
    runs.run(line("a") + line("b"))
    runs.service.sent.clear()
    assert runs.run(line("a") + line("b"), LATER).counts == Counts(scheduled_before=2)
    assert runs.service.sent == {}


def test_failed_task_is_reported_and_sent_by_the_next_run(runs: Runs) -> None:
    """Scheduled tasks are not sent again, and the due times stay."""
    runs.service.refuse = lambda request: DuplicateKey("another task") if request.key == "b" else None
    importing = runs.run(line("a") + line("b") + "{\n" + line("c"))
    assert importing.counts == Counts(scheduled=2, failed=2)
    assert not importing.is_complete
    assert [faulty.line for faulty in runs.notes.failures] == [2, 3]
    runs.service.sent.clear()
    runs.service.refuse = lambda _: None
    importing = runs.run(line("a") + line("b") + line("d") + line("c"), LATER)
    assert importing.counts == Counts(scheduled=2, scheduled_before=2)
    assert importing.is_complete
    assert {key: request.at for key, request in runs.service.sent.items()} == {
        "b": NOON + timedelta(days=7),
        "d": NOON + timedelta(days=7),
    }


def test_interrupted_import_is_resumed(runs: Runs) -> None:
    """Each task is sent once."""
    content = "".join(line(f"k{number}") for number in range(10))
    first = runs.run(content, interrupt_after=4)
    assert first.is_interrupted
    assert first.counts == Counts(scheduled=4)
    runs.service.sent.clear()
    assert runs.run(content, LATER).counts == Counts(scheduled=6, scheduled_before=4)
    assert list(runs.service.sent) == [f"k{number}" for number in range(4, 10)]


def test_changed_task_is_sent_again(runs: Runs) -> None:
    """The service then reports the difference."""
    runs.run(line("a"))
    runs.service.refuse = lambda _: DuplicateKey("it is due at another time")
    runs.run(line("a", '"in": "8d"'))
    assert runs.notes.failures == [Faulty(1, "it is due at another time", "a")]


@pytest.mark.parametrize("error", [NotPermitted, OverQuota, Throttled, Unreachable])
def test_error_common_to_all_lines_ends_the_run(runs: Runs, error: type[DelayError]) -> None:
    """No line is reported as failed, and the next run sends them."""
    runs.service.refuse = lambda request: error("no") if request.key == "b" else None
    importing = runs.run(line("a") + line("b") + line("c"))
    assert importing.counts == Counts(scheduled=1)
    assert isinstance(importing.stopped_by, error)
    assert runs.notes.failures == []
    runs.service.refuse = lambda _: None
    assert runs.run(line("a") + line("b") + line("c")).counts == Counts(scheduled=2, scheduled_before=1)


def test_task_due_before_the_run_is_refused(runs: Runs) -> None:
    """Its own time has passed, or its delay from the start of the import."""
    runs.service.refuse = lambda request: DuplicateKey("") if request.key != "a" else None
    runs.run(line("a") + line("b", '"in": "5m"'))
    runs.run(line("a") + line("b", '"in": "5m"') + line("c", '"at": "2026-11-01T00:00:00Z"'), LATER)
    assert [faulty.reason for faulty in runs.notes.failures] == [
        "due 2026-12-01T12:05:00Z, which is in the past: --allow-past calls the function at once",
        "due 2026-11-01T00:00:00Z, which is in the past: --allow-past calls the function at once",
    ]


def test_task_due_before_the_run_is_sent_on_request(runs: Runs) -> None:
    """Its function is called at once."""
    runs.run(line("a", '"at": "2026-11-01T00:00:00Z"'), allow_past=True)
    assert runs.service.sent["a"].allow_past


def test_delay_that_ends_during_the_run_is_accepted(runs: Runs) -> None:
    """It had not passed when the run began. A moment that passes meanwhile is the file's own choice."""
    runs.run(line("a", '"in": "0s"') + line("b", '"at": "2026-12-01T12:00:00Z"'))
    assert runs.service.sent["a"].allow_past
    assert not runs.service.sent["b"].allow_past


def test_error_while_reading_is_raised_and_progress_is_kept(runs: Runs) -> None:
    """A disk can disappear, for example."""

    def schedule_many(requests: Iterable[Request]) -> Iterator[Result]:
        yield Result(next(iter(requests)))
        raise OSError("gone")

    runs.service.schedule_many = schedule_many  # type: ignore[method-assign] # a service that breaks down
    with pytest.raises(OSError, match="gone"):
        runs.run(line("a") + line("b"))
    runs.service = Service()
    assert runs.run(line("a") + line("b")).counts == Counts(scheduled=1, scheduled_before=1)
