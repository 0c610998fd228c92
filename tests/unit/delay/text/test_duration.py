"""Durations as text, parsed and formatted."""

from datetime import timedelta

import pytest

from delay.text.duration import format_duration, format_given, format_nearest, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800), ("0s", 0), ("007s", 7)]
)
def test_number_with_a_unit_is_a_duration(text: str, seconds: int) -> None:
    """The unit is seconds, minutes, hours or days."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "7", "7 d", "7D", "-7d", "1.5h", "1h30m", "\u0667d", "7d\n", "1e3s", "9999999999s"]
)
def test_other_text_is_refused_with_the_allowed_forms(text: str) -> None:
    """A number without a unit could mean anything."""
    with pytest.raises(ValueError, match="write 90s, 30m, 2h or 7d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=59.4), "59s"),
        (timedelta(days=7) - timedelta(milliseconds=3), "7d"),
        (timedelta(seconds=90), "1m 30s"),
        (timedelta(minutes=60), "1h"),
        (timedelta(days=1, seconds=5), "1d"),
        (timedelta(days=7) - timedelta(seconds=1), "6d 23h"),
    ],
)
def test_duration_is_formatted_in_its_two_largest_units(duration: timedelta, text: str) -> None:
    """A wait of a week needs no seconds."""
    assert format_duration(duration) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(milliseconds=500), "0.5s"),
        (timedelta(seconds=90), "1m 30s"),
        (timedelta(days=1, seconds=5), "1d 5s"),
        (-timedelta(seconds=1), "-1s"),
        (timedelta(seconds=90, microseconds=1), "90.000001s"),
    ],
)
def test_given_duration_is_not_rounded(duration: timedelta, text: str) -> None:
    """A message shows what the caller gave."""
    assert format_given(duration) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7 * 86_400 - 2, "7d"), (7 * 86_400 - 1801, "6d 23h"), (3599.6, "1h"), (61.4, "1m 1s"), (0.2, "0s")],
)
def test_nearest_duration_is_rounded_to_the_units_that_are_shown(seconds: float, text: str) -> None:
    """A clock that was skipped by a week is a week ahead, less what the skip took."""
    assert format_nearest(timedelta(seconds=seconds)) == text
