"""Due times: the accepted arguments, and the resulting delay in whole seconds."""

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
def test_task_is_never_early_and_less_than_a_second_late(now: datetime, delay: timedelta) -> None:
    """This holds for any fraction of a second, from 0 seconds to 364 days."""
    due = due_time(now, after=delay)
    lateness = now + timedelta(seconds=delay_seconds(due, now)) - due
    assert timedelta(0) <= lateness < SECOND


@settings(deadline=None)
@given(
    now=moments,
    delay=st.timedeltas(timedelta(0), LONGEST_DELAY),
    later=st.timedeltas(timedelta(0), LONGEST_DELAY),
)
def test_later_request_waits_less(now: datetime, delay: timedelta, later: timedelta) -> None:
    """The due time stays. After it, the delay is 0."""
    due = now + delay
    assert delay_seconds(due, now + later) == max(0, delay_seconds(due - later, now))


@settings(deadline=None)
@given(now=moments, at=moments, offset=st.integers(-14, 14))
def test_time_zone_makes_no_difference(now: datetime, at: datetime, offset: int) -> None:
    """The same moment is returned in UTC."""
    due = due_time(at, at=at.astimezone(timezone(timedelta(hours=offset))))
    assert (due, due.tzinfo) == (at, UTC)
    assert now.tzinfo is UTC


def test_whole_seconds_are_not_rounded_up() -> None:
    """11 seconds stay 11 seconds, though the clock moves a little in between."""
    due = due_time(NOW, after=timedelta(seconds=11))
    assert delay_seconds(due, NOW) == 11
    assert delay_seconds(due, NOW + timedelta(microseconds=900)) == 11


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({}, "Give either after=timedelta"),
        ({"after": SECOND, "at": NOW}, "Give either after=timedelta"),
        ({"after": 90}, "after must be a timedelta, got 90"),
        ({"after": -SECOND}, "after must not be negative, got -1s"),
        (
            {"after": timedelta(days=364, seconds=1)},
            "Schedule a task within that time that schedules the rest",
        ),
        ({"after": timedelta.max}, "the maximum is 364 days"),
        ({"after": timedelta(days=500)}, "would wait 500d, and"),
        ({"at": NOW + timedelta(days=364, milliseconds=2)}, "would wait 364d 1s, and"),
        ({"at": NOW + timedelta(days=365)}, "the maximum is 364 days"),
        ({"at": datetime(2026, 12, 1)}, "naive 2026-12-01T00:00:00"),  # noqa: DTZ001 - what is refused
        ({"at": "2026-12-01T00:00:00Z"}, "at must be a datetime"),
        ({"at": NOW - SECOND}, "passed 1s ago.*allow_past=True"),
        ({"at": NOW - timedelta(days=9999)}, "passed 9999d"),
        ({"at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))}, "beyond the calendar"),
    ],
)
def test_invalid_due_time_is_refused(when: dict[str, Any], message: str) -> None:
    """The message repeats the argument and says what to do."""
    with pytest.raises(InvalidDueTime, match=message):
        due_time(NOW, **when)


def test_past_time_is_accepted_on_request() -> None:
    """Its delay is 0."""
    due = due_time(NOW, at=NOW - SECOND, allow_past=True)
    assert delay_seconds(due, NOW) == 0


def test_364_days_are_accepted() -> None:
    """They can be a delay or a time."""
    assert due_time(NOW, after=LONGEST_DELAY) == due_time(NOW, at=NOW + LONGEST_DELAY)
    assert delay_seconds(NOW + LONGEST_DELAY, NOW) == 31_449_600
