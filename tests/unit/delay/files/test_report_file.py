"""The report of an import: the next run finds its entries, even after a crash."""

import json
import os
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


def run(
    path: Path, heading: Heading = FIRST, *digests: bytes, is_complete: bool = False, sent: int = 1
) -> None:
    """Report on a run that has scheduled these tasks."""
    with open_report(path, heading) as (report, earlier):
        report.begin(earlier.resume(heading))
        for digest in digests:
            report.add_done(digest)
        report.end(is_complete=is_complete, sent=sent)


def earlier_runs(path: Path, heading: Heading = SECOND, *, anew: bool = False) -> EarlierRuns:
    """Return the earlier runs in a report."""
    with open_report(path, heading, anew=anew) as (_, earlier):
        return earlier


def test_next_run_finds_the_done_tasks(path: Path) -> None:
    """It finds those of all earlier runs."""
    run(path, FIRST, DIGESTS[0])
    run(path, SECOND, DIGESTS[1])
    earlier = earlier_runs(path)
    assert [digest in earlier.done for digest in DIGESTS] == [True, True, False]
    assert len(earlier.done) == 2


def test_import_keeps_its_start_until_it_is_complete(path: Path) -> None:
    """Delays count from the start: a second run must compute the same due times."""
    run(path, FIRST, DIGESTS[0])
    assert earlier_runs(path).resume(SECOND) == FIRST
    run(path, SECOND, DIGESTS[1], is_complete=True)
    assert earlier_runs(path).resume(SECOND) == SECOND


def test_import_that_has_sent_nothing_starts_again(path: Path) -> None:
    """It has nothing to contradict."""
    run(path, sent=0)
    assert earlier_runs(path).resume(SECOND) == SECOND


def test_failures_can_be_read_by_a_program(path: Path) -> None:
    """Each has a line with its number, its key and the error."""
    with open_report(path, FIRST) as (report, _):
        report.begin(FIRST)
        report.add_failure(17, "a", "due yesterday")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert records[1] == {"line": 17, "key": "a", "error": "due yesterday"}


def test_line_truncated_by_a_crash_is_skipped(path: Path) -> None:
    """Its tasks are sent again. The lines before and after it count."""
    run(path, FIRST, DIGESTS[0])
    intact = path.read_bytes()
    path.write_bytes(intact + b'{"done": "AAAA')
    run(path, SECOND, DIGESTS[1])
    assert path.read_bytes().startswith(intact + b'{"import"')
    assert len(earlier_runs(path).done) == 2


def test_many_digests_are_written_and_read(path: Path) -> None:
    """No line becomes too long to look at."""
    digests = [number.to_bytes(12) for number in range(5_000)]
    run(path, FIRST, *digests)
    earlier = earlier_runs(path)
    assert len(earlier.done) == 5_000
    assert max(map(len, path.read_text().splitlines())) < 8_100


def test_new_import_forgets_the_earlier_ones(path: Path) -> None:
    """It does so on request."""
    run(path, FIRST, DIGESTS[0])
    assert earlier_runs(path, anew=True).heading is None
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "content", ['{"key": "a"}\n', "key,in,payload\n", "[1]\n", "\x00\n", "no line end", "11\n", "null\n"]
)
@pytest.mark.parametrize("anew", [False, True])
def test_other_file_is_refused_as_a_report(path: Path, content: str, *, anew: bool) -> None:
    """It is not overwritten: it may be the tasks themselves."""
    path.write_text(content)
    with pytest.raises(ReportUnusable, match="is not the report of an import: name another with --report"):
        earlier_runs(path, anew=anew)
    assert path.read_text() == content


def test_report_on_another_state_machine_is_refused(path: Path) -> None:
    """The tasks done there are not done here."""
    run(path, FIRST, DIGESTS[0])
    other = Heading("tasks.ndjson", f"{MACHINE}2", SECOND.started)
    with pytest.raises(
        ReportUnusable, match=r"is the report of an import to .*:DelayStateMachine, and this one goes to"
    ):
        earlier_runs(path, other)


def test_two_imports_cannot_share_a_report(path: Path) -> None:
    """The error of the second says to wait."""
    with ExitStack() as stack:
        stack.enter_context(open_report(path, FIRST))
        with pytest.raises(ReportInUse, match="wait until it ends"):
            earlier_runs(path)
    assert earlier_runs(path).heading is None


def test_unwritable_report_is_refused_before_the_import(tmp_path: Path) -> None:
    """Otherwise it would lack the tasks that were scheduled."""
    with pytest.raises(ReportUnusable, match=r"Is a directory\. Name another place with --report"):
        earlier_runs(tmp_path)


def test_times_are_kept_to_the_microsecond(path: Path) -> None:
    """Due times computed from them must be the same again."""
    started = FIRST.started + timedelta(microseconds=123_456)
    run(path, Heading("tasks.ndjson", MACHINE, started), DIGESTS[0])
    assert earlier_runs(path).resume(SECOND).started == started


def test_report_is_readable_by_its_owner_alone(path: Path) -> None:
    """It has keys, and errors that may quote payloads. A report of an older version is narrowed."""
    run(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    run(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_other_file_keeps_its_permissions(path: Path) -> None:
    """It is refused before anything is changed."""
    path.write_text("key,in,payload\n")
    path.chmod(0o644)
    with pytest.raises(ReportUnusable):
        earlier_runs(path)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", [None, ""])
def test_link_as_the_report_is_refused(path: Path, content: str | None) -> None:
    """Its target is neither written nor made."""
    target = path.with_name("target")
    if content is not None:
        target.write_text(content)
    path.symlink_to(target)
    with pytest.raises(ReportUnusable, match="it is a symbolic link"):
        run(path)
    assert (target.exists() and target.read_text()) == (False if content is None else content)


def test_pipe_as_the_report_is_refused(path: Path) -> None:
    """Opening it does not wait for another process."""
    os.mkfifo(path)
    with pytest.raises(ReportUnusable, match="it is no regular file"):
        run(path)


def test_report_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could change the tasks that count as scheduled."""
    run(path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ReportUnusable, match="it belongs to another user"):
        run(path)
