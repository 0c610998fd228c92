"""What came of an import, in words."""

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
            Counts(scheduled_before=1, failed=2),
            FAILED_LINES,
        ),
    ],
)
def test_a_run_is_told_with_what_to_do_next(counts: Counts, says: str) -> None:
    """How many lines, how fast, and what is left to do."""
    assert import_summary(counts, 2.0, REPORT, is_cut_short=False) == says


def test_a_run_that_was_cut_short_says_how_to_go_on() -> None:
    """By the same command."""
    said = import_summary(Counts(scheduled=10), 2.0, REPORT, is_cut_short=True)
    assert said.endswith("The same command schedules the rest, as recorded in tasks.ndjson.report.")


def test_a_rehearsal_says_that_nothing_was_sent() -> None:
    """And what would be."""
    said = dry_run_summary(Counts(scheduled=3, repeated=1, failed=6))
    assert said == "10 lines: 3 can be scheduled, 1 repeated, 6 cannot. Nothing was sent."
