"""A run of an import: what is missing is sent, what fails is told, and the next run goes on from there."""

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
    """Shows one time."""

    time: datetime = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time

    def monotonic(self) -> float:
        """Return the beginning."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Refuse to."""
        raise AssertionError(f"Nothing sleeps {seconds} s here.")


@dataclass
class Service:
    """Takes requests, and remembers them by key; `refuse` says which fail, and of what."""

    refuse: Callable[[Request], DelayError | None] = lambda _: None
    sent: dict[str, Request] = field(default_factory=dict)

    def schedule_many(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Take them one by one."""
        for request in requests:
            error = self.refuse(request)
            if error is None:
                self.sent[str(request.key)] = request
            yield Result(request, error=error)


@dataclass
class Notes:
    """Follows an import."""

    failures: list[Faulty] = field(default_factory=list)
    seen: Callable[[Counts], None] = lambda _: None

    def on_failure(self, faulty: Faulty) -> None:
        """Take a note."""
        self.failures.append(faulty)

    def on_progress(self, counts: Counts) -> None:
        """Let somebody look."""
        self.seen(counts)


@dataclass
class Runs:
    """The runs of one import: a report, what happens meanwhile, and what was told."""

    path: Path
    service: Service = field(default_factory=Service)
    notes: Notes = field(default_factory=Notes)

    def run(
        self, content: str, now: datetime = NOON, *, allow_past: bool = False, interrupt_after: int = 99
    ) -> Import:
        """Run the import of NDJSON, as if the command were called."""
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
            self.notes.seen = lambda counts: (
                importing.interrupt() if counts.scheduled >= interrupt_after else None
            )
            importing.run(read_ndjson(content), self.service.schedule_many)
        return importing


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "report")


def line(key: str, when: str = '"in": "7d"') -> str:
    """Write a task."""
    return f'{{"key": "{key}", {when}, "payload": {{"key": "{key}"}}}}\n'


def test_all_tasks_are_sent(runs: Runs) -> None:
    """With payload, key and due time."""
    importing = runs.run(line("a") + line("b", '"at": "2026-12-24T00:00:00Z"'))
    assert importing.counts == Counts(scheduled=2)
    assert importing.is_complete
    assert runs.service.sent["a"].payload == {"key": "a"}
    assert [request.at for request in runs.service.sent.values()] == [
        NOON + timedelta(days=7),
        datetime(2026, 12, 24, tzinfo=UTC),
    ]


def test_a_second_run_sends_nothing(runs: Runs) -> None:
    """All is scheduled already."""
    runs.run(line("a") + line("b"))
    runs.service.sent.clear()
    assert runs.run(line("a") + line("b"), LATER).counts == Counts(scheduled_before=2)
    assert runs.service.sent == {}


def test_what_fails_is_told_and_sent_again_by_the_next_run(runs: Runs) -> None:
    """And nothing else is; it is due when it would have been."""
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


def test_an_interrupted_import_is_continued(runs: Runs) -> None:
    """Each task is sent once."""
    content = "".join(line(f"k{number}") for number in range(10))
    first = runs.run(content, interrupt_after=4)
    assert first.is_interrupted
    assert first.counts == Counts(scheduled=4)
    runs.service.sent.clear()
    assert runs.run(content, LATER).counts == Counts(scheduled=6, scheduled_before=4)
    assert list(runs.service.sent) == [f"k{number}" for number in range(4, 10)]


def test_a_change_to_what_is_scheduled_is_not_passed_over(runs: Runs) -> None:
    """It is sent, so that the service tells what differs."""
    runs.run(line("a"))
    runs.service.refuse = lambda _: DuplicateKey("it is due at another time")
    runs.run(line("a", '"in": "8d"'))
    assert runs.notes.failures == [Faulty(1, "it is due at another time", "a")]


@pytest.mark.parametrize("error", [NotPermitted, OverQuota, Throttled, Unreachable])
def test_what_every_line_would_fail_of_ends_the_run(runs: Runs, error: type[DelayError]) -> None:
    """The lines are not told as failed; the next run sends them."""
    runs.service.refuse = lambda request: error("no") if request.key == "b" else None
    importing = runs.run(line("a") + line("b") + line("c"))
    assert importing.counts == Counts(scheduled=1)
    assert isinstance(importing.stopped_by, error)
    assert runs.notes.failures == []
    runs.service.refuse = lambda _: None
    assert runs.run(line("a") + line("b") + line("c")).counts == Counts(scheduled=2, scheduled_before=1)


def test_what_was_due_before_the_run_is_refused(runs: Runs) -> None:
    """By its own time, or because the import began so long ago."""
    runs.service.refuse = lambda request: DuplicateKey("") if request.key != "a" else None
    runs.run(line("a") + line("b", '"in": "5m"'))
    runs.run(line("a") + line("b", '"in": "5m"') + line("c", '"at": "2026-11-01T00:00:00Z"'), LATER)
    assert [faulty.reason for faulty in runs.notes.failures] == [
        "due 2026-12-01T12:05:00Z, which is in the past: --allow-past calls the function at once",
        "due 2026-11-01T00:00:00Z, which is in the past: --allow-past calls the function at once",
    ]


def test_what_was_due_before_the_run_is_sent_if_that_is_wanted(runs: Runs) -> None:
    """To be called at once."""
    runs.run(line("a", '"at": "2026-11-01T00:00:00Z"'), allow_past=True)
    assert runs.service.sent["a"].allow_past


def test_a_delay_that_is_over_because_of_the_lines_before_is_no_fault(runs: Runs) -> None:
    """It had not passed when the run began. A moment that passes meanwhile was named by the file itself."""
    runs.run(line("a", '"in": "0s"') + line("b", '"at": "2026-12-01T12:00:00Z"'))
    assert runs.service.sent["a"].allow_past
    assert not runs.service.sent["b"].allow_past


def test_an_error_of_the_file_is_passed_on_and_what_is_done_is_kept(runs: Runs) -> None:
    """A disk that goes away, for example."""

    def schedule_many(requests: Iterable[Request]) -> Iterator[Result]:
        yield Result(next(iter(requests)))
        raise OSError("gone")

    runs.service.schedule_many = schedule_many  # type: ignore[method-assign] # as a service that breaks down
    with pytest.raises(OSError, match="gone"):
        runs.run(line("a") + line("b"))
    runs.service = Service()
    assert runs.run(line("a") + line("b")).counts == Counts(scheduled=1, scheduled_before=1)
