"""When a task is due, as options of a command: `--in` a length of time, or `--at` a moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from delay.cli.duration import Duration
from delay.cli.moment import Moment
from delay.clock import Clock
from delay.text.moment import format_moment


def due_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--in`, which is passed on as `after`, and `--at`."""
    after = click.option(
        "--in", "after", type=Duration(), help="How long from now: 90s, 30m, 2h or 7d; 364d at most."
    )
    at = click.option(
        "--at", type=Moment(), help="When: 2026-12-01T00:00:00Z, with the time zone (RFC 3339)."
    )
    return after(at(command))


def check_due(
    after: timedelta | None, at: datetime | None, clock: Clock, *, allow_past: bool = False
) -> None:
    """Refuse none of the two, both of them, or a moment that has passed."""
    if (after is None) == (at is None):
        raise click.UsageError("Say when, in one way: --in 7d, or --at 2026-12-01T00:00:00Z.")
    if at and at < clock.now() and not allow_past:
        raise click.UsageError(f"{format_moment(at)} has passed: --in 0s is at once.")
