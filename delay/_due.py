"""Due times: validates the caller's, and computes the delay in seconds that Step Functions waits."""

from datetime import UTC, datetime, timedelta
from typing import Final

from delay.errors import InvalidDueTime
from delay.text.duration import format_duration, format_given
from delay.text.moment import format_moment

LONGEST_DELAY: Final = timedelta(days=364)
"""An execution lasts a year at most, call and retries included. Source: "Step Functions service quotas"."""

SPREAD: Final = timedelta(seconds=5)
"""The largest difference between the due times of one task that was sent twice.

They differ by the rounding to seconds, the latency to AWS, and the difference between the senders' clocks.
"""

_SECOND: Final = timedelta(seconds=1)

LONGEST_DELAY_SECONDS: Final = LONGEST_DELAY // _SECOND


def due_time(
    now: datetime,
    *,
    after: timedelta | None = None,
    at: datetime | None = None,
    allow_past: bool = False,
    longest: timedelta | None = LONGEST_DELAY,
) -> datetime:
    """Return the due time (UTC) for a delay `after` now or for the time `at`.

    `longest` is how far ahead a task can be due; None for as far as the calendar goes.

    Raises:
        InvalidDueTime: neither or both are given, `at` is naive or in the past, `after` is negative, or the
            due time is too far ahead.

    """
    validate_form(after=after, at=at)
    due = _add_delay(now, after, longest) if after is not None else _convert_to_utc(at)
    if due < now and not allow_past:
        ago = format_duration(now - due)
        raise InvalidDueTime(
            f"The due time {format_moment(due)} passed {ago} ago. To call the function at once, "
            "give after=timedelta(0), or allow_past=True."
        )
    if longest is not None and due - now > longest:
        raise _build_too_far(due - now)
    return due


def validate_form(*, after: timedelta | None = None, at: datetime | None = None) -> None:
    """Validate as much of a due time as needs no clock.

    Raises:
        InvalidDueTime: neither or both are given, or `at` is no time with a zone.

    """
    if (after is None) == (at is None):
        raise InvalidDueTime("Give either after=timedelta(days=7) or at=datetime(..., tzinfo=UTC).")
    if at is not None:
        _convert_to_utc(at)


def delay_seconds(due: datetime, now: datetime) -> int:
    """Return the seconds from now until a due time, at least 0.

    A fraction is rounded up, so that a task is never early and less than a second late.
    """
    return max(0, -((now - due) // _SECOND))


def _add_delay(now: datetime, after: object, longest: timedelta | None) -> datetime:
    if not isinstance(after, timedelta):
        raise InvalidDueTime(f"after must be a timedelta, got {after!r}: timedelta(seconds=90), for example.")
    if after < timedelta(0):
        raise InvalidDueTime(f"after must not be negative, got {format_given(after)}.")
    if longest is not None and after > longest:
        raise _build_too_far(after)
    try:
        return now + after
    except OverflowError as error:
        given = format_given(after)
        raise InvalidDueTime(f"A task after {given} would be due beyond the year 9999.") from error


def _convert_to_utc(at: object) -> datetime:
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


def _build_too_far(delay: timedelta) -> InvalidDueTime:
    shown = format_duration(max(delay, LONGEST_DELAY + _SECOND), units=4)
    return InvalidDueTime(
        f"The task would wait {shown}, and the maximum is {LONGEST_DELAY.days} days: "
        "Step Functions ends every execution after a year. "
        "Schedule a task within that time that schedules the rest."
    )
