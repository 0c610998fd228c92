"""Due times of tasks in a table: until the end of the year 9999, in whole seconds."""

from datetime import UTC, datetime, timedelta
from typing import Final

from delay._due import due_time
from delay.errors import InvalidDueTime

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def compute_due(
    now: datetime, *, after: timedelta | None, at: datetime | None, allow_past: bool = False
) -> datetime:
    """Return the due time (UTC) for a delay `after` now or for the time `at`.

    Raises:
        InvalidDueTime: as `due_time` does; or the time is before 1970 or beyond the last second of 9999.

    """
    due = due_time(now, after=after, at=at, allow_past=allow_past, longest=None)
    if not _EPOCH <= due <= _LATEST:
        raise InvalidDueTime(f"A due time lies between 1970 and 9999, got {due.isoformat()}.")
    return due
