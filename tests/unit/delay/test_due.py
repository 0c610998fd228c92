"""Due times: what callers may say, and the delay in whole seconds that follows."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay import InvalidDueTime
from delay._due import LONGEST_DELAY, delay_seconds, due_time

NOW = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@settings(deadline=None)
@given(now=moments, delay=st.timedeltas(timedelta(0), LONGEST_DELAY))
def test_a_task_is_never_early_and_late_by_less_than_a_second(now: datetime, delay: timedelta) -> None:
    """Whatever the fractions, from 0 seconds to 364 days."""
    due = due_time(now, after=delay)
    lateness = now + timedelta(seconds=delay_seconds(due, now)) - due
    assert timedelta(0) <= lateness < SECOND


@settings(deadline=None)
@given(
    now=moments,
    delay=st.timedeltas(timedelta(0), LONGEST_DELAY),
    later=st.timedeltas(timedelta(0), LONGEST_DELAY),
)
def test_who_sends_later_waits_less(now: datetime, delay: timedelta, later: timedelta) -> None:
    """By as much as later, so that the due time stays; after it nothing is left to wait."""
    due = now + delay
    assert delay_seconds(due, now + later) == max(0, delay_seconds(due - later, now))


@settings(deadline=None)
@given(now=moments, at=moments, offset=st.integers(-14, 14))
def test_a_time_zone_makes_no_difference(now: datetime, at: datetime, offset: int) -> None:
    """The same moment is told in UTC."""
    due = due_time(at, at=at.astimezone(timezone(timedelta(hours=offset))))
    assert (due, due.tzinfo) == (at, UTC)
    assert now.tzinfo is UTC


def test_whole_seconds_stay_as_they_are() -> None:
    """11 seconds are 11 seconds, though the clock has moved a little on the way."""
    due = due_time(NOW, after=timedelta(seconds=11))
    assert delay_seconds(due, NOW) == 11
    assert delay_seconds(due, NOW + timedelta(microseconds=900)) == 11


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({}, "Give either after=timedelta"),
        ({"after": SECOND, "at": NOW}, "Give either after=timedelta"),
        ({"after": 90}, "after must be a timedelta, got 90"),
        ({"after": -SECOND}, "after must not be negative"),
        (
            {"after": timedelta(days=364, seconds=1)},
            "Schedule a task within that time that schedules the rest",
        ),
        ({"after": timedelta.max}, "the maximum is 364 days"),
        ({"at": NOW + timedelta(days=365)}, "the maximum is 364 days"),
        ({"at": datetime(2026, 12, 1)}, "naive 2026-12-01T00:00:00"),  # noqa: DTZ001 - what is refused
        ({"at": "2026-12-01T00:00:00Z"}, "at must be a datetime"),
        ({"at": NOW - SECOND}, "passed 0:00:01 ago.*allow_past=True"),
        ({"at": NOW - timedelta(days=9999)}, "passed 9999 days"),
        ({"at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))}, "beyond the calendar"),
    ],
)
def test_what_cannot_be_a_due_time_is_refused(when: dict[str, Any], said: str) -> None:
    """With what was given, and what to do."""
    with pytest.raises(InvalidDueTime, match=said):
        due_time(NOW, **when)


def test_a_time_that_has_passed_can_be_meant() -> None:
    """Then nothing is waited for."""
    due = due_time(NOW, at=NOW - SECOND, allow_past=True)
    assert delay_seconds(due, NOW) == 0


def test_364_days_are_not_too_far() -> None:
    """As a delay, and as a time."""
    assert due_time(NOW, after=LONGEST_DELAY) == due_time(NOW, at=NOW + LONGEST_DELAY)
    assert delay_seconds(NOW + LONGEST_DELAY, NOW) == 31_449_600
