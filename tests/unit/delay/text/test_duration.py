"""Durations as they are written, both ways."""

from datetime import timedelta

import pytest

from delay.text.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800), ("0s", 0), ("007s", 7)]
)
def test_one_number_and_one_unit_are_a_duration(text: str, seconds: int) -> None:
    """Seconds, minutes, hours or days."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "7", "7 d", "7D", "-7d", "1.5h", "1h30m", "\u0667d", "7d\n", "1e3s", "9999999999s"]
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    """A number without a unit first of all: nobody knows whether it means seconds."""
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
def test_a_duration_is_told_in_its_two_largest_units(duration: timedelta, text: str) -> None:
    """Nobody who waits for a week counts the seconds."""
    assert format_duration(duration) == text
