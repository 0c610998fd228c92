"""What came of an import, in words."""

from pathlib import Path

from delay.files.importing import Counts


def import_summary(counts: Counts, seconds: float, report: Path, *, is_cut_short: bool) -> str:
    """Tell what came of a run, and what to do next."""
    if is_cut_short:
        return (
            f"{_counted(counts, seconds)}\n"
            f"Not all lines were tried. The same command schedules the rest: {report} says what that is."
        )
    if counts.failed:
        return (
            f"{_counted(counts, seconds)}\n"
            f"{report} has the lines that failed. Mend them, and run the same command again: "
            "it schedules only what is missing."
        )
    if not counts.lines:
        return "The file has no tasks: nothing was sent."
    if counts.scheduled_before == counts.lines:
        return f"All {_lines(counts.lines)} were scheduled before, as {report} says: nothing was sent."
    return _counted(counts, seconds)


def rehearsal_summary(counts: Counts) -> str:
    """Tell what would come of an import."""
    repeated = f", {counts.repeated:,} repeated" if counts.repeated else ""
    return (
        f"{_lines(counts.lines)}: {counts.scheduled:,} can be scheduled{repeated}, {counts.failed:,} cannot. "
        "Nothing was sent."
    )


def _counted(counts: Counts, seconds: float) -> str:
    others = {
        "scheduled before": counts.scheduled_before,
        "repeated": counts.repeated,
        "failed": counts.failed,
    }
    told = "".join(f", {count:,} {what}" for what, count in others.items() if count)
    rate = f" ({counts.scheduled / seconds:,.0f}/s)" if counts.scheduled and seconds else ""
    return f"Scheduled {_lines(counts.scheduled)} in {seconds:.1f} s{rate}{told}."


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
