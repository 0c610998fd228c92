"""A window of due times, as a listing filters by it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from delay.errors import InvalidDueTime
from delay.task import Task
from delay.text.duration import format_given
from delay.text.moment import format_moment

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DueWindow:
    """Due times (UTC) from one time to another, both included."""

    due_from: datetime
    due_until: datetime

    @classmethod
    def of(
        cls,
        now: datetime,
        *,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        due_within: timedelta | None = None,
    ) -> Self | None:
        """Return the window that a caller asks for, or None if no bound is given.

        Raises:
            InvalidDueTime: a bound has no time zone, the window is empty, or `due_within` is negative or not
            the only bound.

        """
        if due_within is not None:
            if due_from is not None or due_until is not None:
                raise InvalidDueTime("Give either due_within, or due_from and due_until.")
            return cls(now, _add(now, due_within))
        if due_from is None and due_until is None:
            return None
        window = cls(
            _BEGINNING if due_from is None else _require_zone("due_from", due_from),
            _END if due_until is None else _require_zone("due_until", due_until),
        )
        if window.due_until < window.due_from:
            raise InvalidDueTime(
                f"due_until must not be before due_from, got {format_moment(window.due_from)} to "
                f"{format_moment(window.due_until)}."
            )
        return window

    def contains(self, task: Task) -> bool:
        """Whether a task is due in the window."""
        return task.due is not None and self.due_from <= task.due <= self.due_until


def _add(now: datetime, due_within: object) -> datetime:
    if not isinstance(due_within, timedelta):
        raise InvalidDueTime(f"due_within must be a timedelta, got {due_within!r}.")
    if due_within < timedelta(0):
        raise InvalidDueTime(f"due_within must not be negative, got {format_given(due_within)}.")
    try:
        return now + due_within
    except OverflowError:
        return _END


def _require_zone(name: str, moment: object) -> datetime:
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise InvalidDueTime(f"{name} must be a datetime with a time zone, got {moment!r}.")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidDueTime(f"{name} is beyond the calendar in UTC, got {moment.isoformat()}.") from error
