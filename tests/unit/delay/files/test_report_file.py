"""The report of an import: what it is told is there for the next run, whatever has ended the one before."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delay.files.earlier_runs import EarlierRuns
from delay.files.errors import ReportInUse, ReportUnusable
from delay.files.report import Heading
from delay.files.report_file import open_report

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"
FIRST = Heading("tasks.ndjson", MACHINE, datetime(2026, 12, 1, tzinfo=UTC))
SECOND = Heading("tasks.ndjson", MACHINE, datetime(2026, 12, 2, tzinfo=UTC))
DIGESTS = [bytes([number]) * 12 for number in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tasks.ndjson.report"


def run(path: Path, heading: Heading = FIRST, *digests: bytes, is_complete: bool = False) -> None:
    """Report on a run that has scheduled these tasks."""
    with open_report(path, heading) as (report, earlier):
        report.begin(earlier.resume(heading))
        for digest in digests:
            report.add_done(digest)
        report.end(is_complete=is_complete)


def earlier_runs(path: Path, heading: Heading = SECOND, *, anew: bool = False) -> EarlierRuns:
    """Read what a report says."""
    with open_report(path, heading, anew=anew) as (_, earlier):
        return earlier


def test_what_is_done_is_there_for_the_next_run(path: Path) -> None:
    """Of all runs before it."""
    run(path, FIRST, DIGESTS[0])
    run(path, SECOND, DIGESTS[1])
    earlier = earlier_runs(path)
    assert [digest in earlier.done for digest in DIGESTS] == [True, True, False]
    assert len(earlier.done) == 2


def test_an_import_keeps_its_beginning_until_it_is_complete(path: Path) -> None:
    """Delays count from there: a second run must come to the same due times."""
    run(path, FIRST, DIGESTS[0])
    assert earlier_runs(path).resume(SECOND) == FIRST
    run(path, SECOND, DIGESTS[1], is_complete=True)
    assert earlier_runs(path).resume(SECOND) == SECOND


def test_an_import_that_has_done_nothing_begins_again(path: Path) -> None:
    """There is nothing that it could contradict."""
    run(path)
    assert earlier_runs(path).resume(SECOND) == SECOND


def test_what_failed_can_be_read_by_a_program(path: Path) -> None:
    """A line for each: its number, its key and the error."""
    with open_report(path, FIRST) as (report, _):
        report.begin(FIRST)
        report.add_failure(17, "a", "due yesterday")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert records[1] == {"line": 17, "key": "a", "error": "due yesterday"}


def test_a_line_that_a_crash_has_cut_off_is_not_missed(path: Path) -> None:
    """What it would have said is done is sent again; what stands before and after it counts."""
    run(path, FIRST, DIGESTS[0])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"done": "AAAA')
    run(path, SECOND, DIGESTS[1])
    assert path.read_bytes().startswith(whole + b'{"import"')
    assert len(earlier_runs(path).done) == 2


def test_many_digests_are_written_and_read(path: Path) -> None:
    """In lines that can still be looked at."""
    digests = [number.to_bytes(12) for number in range(5_000)]
    run(path, FIRST, *digests)
    earlier = earlier_runs(path)
    assert len(earlier.done) == 5_000
    assert max(map(len, path.read_text().splitlines())) < 8_100


def test_a_new_import_forgets_the_earlier_ones(path: Path) -> None:
    """If that is wanted."""
    run(path, FIRST, DIGESTS[0])
    assert earlier_runs(path, anew=True).heading is None
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "content", ['{"key": "a"}\n', "key,in,payload\n", "[1]\n", "\x00\n", "no line end", "11\n", "null\n"]
)
@pytest.mark.parametrize("anew", [False, True])
def test_another_file_is_not_taken_for_a_report(path: Path, content: str, *, anew: bool) -> None:
    """Nor overwritten: it may be the tasks themselves."""
    path.write_text(content)
    with pytest.raises(ReportUnusable, match="is not the report of an import: name another with --report"):
        earlier_runs(path, anew=anew)
    assert path.read_text() == content


def test_a_report_on_another_state_machine_is_refused(path: Path) -> None:
    """What is done there is not done here."""
    run(path, FIRST, DIGESTS[0])
    other = Heading("tasks.ndjson", f"{MACHINE}2", SECOND.started)
    with pytest.raises(
        ReportUnusable, match=r"is the report of an import to .*:DelayStateMachine, and this one goes to"
    ):
        earlier_runs(path, other)


def test_two_imports_do_not_write_to_one_report(path: Path) -> None:
    """The second is told to wait."""
    with ExitStack() as stack:
        stack.enter_context(open_report(path, FIRST))
        with pytest.raises(ReportInUse, match="wait until it ends"):
            earlier_runs(path)
    assert earlier_runs(path).heading is None


def test_a_report_that_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    """Before anything is scheduled that it could not tell of."""
    with pytest.raises(ReportUnusable, match=r"Is a directory\. Name another place with --report"):
        earlier_runs(tmp_path)


def test_times_are_kept_to_the_microsecond(path: Path) -> None:
    """Due times that were computed from them must come out the same again."""
    started = FIRST.started + timedelta(microseconds=123_456)
    run(path, Heading("tasks.ndjson", MACHINE, started), DIGESTS[0])
    assert earlier_runs(path).resume(SECOND).started == started
