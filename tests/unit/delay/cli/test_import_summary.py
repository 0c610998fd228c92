"""The summary of an import, in words."""

from pathlib import Path

import pytest

from delay.cli.output.import_summary import dry_run_summary, import_summary
from delay.files.importing import Counts

REPORT = Path("tasks.ndjson.report")

FAILED_LINES = (
    "Scheduled 0 lines in 2.0 s, 1 scheduled before, 2 failed.\n"
    "tasks.ndjson.report has the lines that failed. Fix them, and run the same command again: "
    "it schedules only what is missing."
)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (Counts(scheduled=1000), "Scheduled 1,000 lines in 2.0 s (500/s)."),
        (Counts(scheduled=1), "Scheduled 1 line in 2.0 s (0/s)."),
        (
            Counts(scheduled=8, scheduled_before=2, repeated=1),
            "Scheduled 8 lines in 2.0 s (4/s), 2 scheduled before, 1 repeated.",
        ),
        (Counts(), "The file has no tasks: nothing was sent."),
        (
            Counts(scheduled_before=2),
            "All 2 lines were scheduled before, as tasks.ndjson.report says: nothing was sent.",
        ),
        (
            Counts(scheduled_before=1),
            "The one line was scheduled before, as tasks.ndjson.report says: nothing was sent.",
        ),
        (
            Counts(scheduled_before=1, failed=2),
            FAILED_LINES,
        ),
    ],
)
def test_summary_has_the_counts_and_the_next_step(counts: Counts, says: str) -> None:
    """It also has the rate."""
    assert import_summary(counts, 2.0, REPORT, is_cut_short=False) == says


def test_summary_of_an_interrupted_run_says_how_to_continue() -> None:
    """The same command schedules the rest."""
    summary = import_summary(Counts(scheduled=10), 2.0, REPORT, is_cut_short=True)
    assert summary.endswith("The same command schedules the rest, as recorded in tasks.ndjson.report.")


def test_summary_of_a_dry_run_says_that_nothing_was_sent() -> None:
    """It counts the lines that can be scheduled."""
    summary = dry_run_summary(Counts(scheduled=3, repeated=1, failed=6))
    assert summary == "10 lines: 3 can be scheduled, 1 repeated, 6 cannot. Nothing was sent."
