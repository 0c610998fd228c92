"""The result of an import, in one or two sentences."""

from datetime import datetime
from pathlib import Path

from delay.files.importing import Counts
from delay.text.count import format_count
from delay.text.moment import format_moment
from delay.text.plain import plain


def continuation_notice(started: datetime) -> str:
    """Return the notice of a run that continues an import of which no answer is on record."""
    return (
        f"Continuing the import that began at {format_moment(started)}: delays count from then. Its tasks "
        "may have been sent, and are not scheduled twice. --new begins a new import."
    )


def import_summary(counts: Counts, seconds: float, report: Path, *, is_cut_short: bool) -> str:
    """Return the result of a run, and what to do next."""
    if is_cut_short:
        return (
            f"{_format_counts(counts, seconds)}\n"
            "Not all lines were tried. The same command schedules the rest, as recorded in "
            f"{plain(str(report))}."
        )
    if counts.failed:
        return (
            f"{_format_counts(counts, seconds)}\n"
            f"{plain(str(report))} has the lines that failed. Fix them, and run the same command again: "
            "it schedules only what is missing."
        )
    if not counts.lines:
        return "The file has no tasks: nothing was sent."
    if counts.scheduled_before == counts.lines:
        return (
            f"{_format_all(counts.lines)} scheduled before, as {plain(str(report))} says: nothing was sent."
        )
    return _format_counts(counts, seconds)


def dry_run_summary(counts: Counts) -> str:
    """Return the result of a dry run."""
    repeated = f", {counts.repeated:,} repeated" if counts.repeated else ""
    return (
        f"{format_count(counts.lines, 'line')}: {counts.scheduled:,} can be scheduled{repeated}, "
        f"{counts.failed:,} cannot. Nothing was sent."
    )


def _format_all(lines: int) -> str:
    return "The one line was" if lines == 1 else f"All {format_count(lines, 'line')} were"


def _format_counts(counts: Counts, seconds: float) -> str:
    others = {
        "scheduled before": counts.scheduled_before,
        "repeated": counts.repeated,
        "failed": counts.failed,
    }
    rest = "".join(f", {count:,} {label}" for label, count in others.items() if count)
    rate = f" ({counts.scheduled / seconds:,.0f}/s)" if counts.scheduled and seconds else ""
    return f"Scheduled {format_count(counts.scheduled, 'line')} in {seconds:.1f} s{rate}{rest}."
