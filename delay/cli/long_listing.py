"""Listings that may take long: said beforehand, and followed on standard error."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from delay.cli.output.printing import echo
from delay.cli.output.progress_display import ProgressDisplay
from delay.text.count import format_count
from delay.text.duration import format_duration

if TYPE_CHECKING:
    from delay.listing import Listing
    from delay.task import Task

LONG = timedelta(seconds=5)
"""A listing that takes longer is announced."""


def estimate_and_warn(listing: "Listing") -> int | None:
    """Return the number of executions that a listing describes, if it does, and warn if that takes long."""
    if not listing.has_details:
        return None
    estimate = listing.estimate()
    if estimate.tasks is not None and estimate.duration > LONG:
        echo(
            f"{format_count(estimate.tasks, 'task')} at 10 to 15 a second: this takes at least "
            f"{format_duration(estimate.duration)}.",
            err=True,
        )
    return estimate.tasks


def read_with_progress(listing: "Listing", display: ProgressDisplay) -> Iterator["Task"]:
    """Yield the tasks of a listing, and show how many executions were read."""
    return listing.iterate(display.update)
