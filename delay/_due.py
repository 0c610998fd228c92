"""When a task is due: what callers may say, and the delay that follows from it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from delay.errors import InvalidDueTime

LONGEST_DELAY: Final = timedelta(days=364)
"""An execution lives one year at most, call and retries included. Source: "Step Functions service quotas"."""

_SECOND: Final = timedelta(seconds=1)


def due_time(
    now: datetime, *, after: timedelta | None = None, at: datetime | None = None, allow_past: bool = False
) -> datetime:
    """Return the due time (UTC) that a caller asks for by a delay or by a point in time.

    Raises:
        InvalidDueTime: neither or both are given, `at` is naive or has passed, `after` is negative, or it
            is over 364 days ahead.

    """
    if (after is None) == (at is None):
        raise InvalidDueTime(
            "Say when, in one way: after=timedelta(days=7), or at=datetime(..., tzinfo=UTC)."
        )
    due = _after(now, after) if after is not None else _at(at)
    if due < now and not allow_past:
        ago = timedelta(seconds=round((now - due).total_seconds()))
        raise InvalidDueTime(
            f"The due time {due.isoformat()} passed {ago} ago. To have the function called at once, "
            "give after=timedelta(0), or allow_past=True."
        )
    if due - now > LONGEST_DELAY:
        raise _too_far(due - now)
    return due


def delay_seconds(due: datetime, now: datetime) -> int:
    """Return the whole seconds from now until a due time, rounded up: a task is never early, and late by
    less than a second. After the due time there is no delay left.
    """  # noqa: D205 - one sentence
    return max(0, -((now - due) // _SECOND))


def _after(now: datetime, after: object) -> datetime:
    if not isinstance(after, timedelta):
        raise InvalidDueTime(f"after must be a timedelta, got {after!r}: timedelta(seconds=90), for example.")
    if after < timedelta(0):
        raise InvalidDueTime(f"after must not be negative, got {after}.")
    if after > LONGEST_DELAY:
        raise _too_far(after)
    return now + after


def _at(at: object) -> datetime:
    if not isinstance(at, datetime):
        raise InvalidDueTime(f"at must be a datetime with a time zone, got {at!r}.")
    if at.utcoffset() is None:
        raise InvalidDueTime(
            f"at must have a time zone, got the naive {at.isoformat()}: datetime(..., tzinfo=UTC) has one."
        )
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidDueTime(f"at is beyond the calendar in UTC, got {at.isoformat()}.") from error


def _too_far(delay: timedelta) -> InvalidDueTime:
    return InvalidDueTime(
        f"The task would wait {delay}, and 364 days is the most: Step Functions ends every execution after a "
        "year. Schedule a task within that time that schedules the rest."
    )
