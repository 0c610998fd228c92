"""Parses and formats durations: 90s, 30m, 2h, 7d."""

import re
from datetime import timedelta

_FORM = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_UNIT_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> timedelta:
    """Parse a duration of whole seconds, minutes, hours or days.

    Raises:
        ValueError: it is not a duration; the message says what is allowed.

    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"'{text}' is not a duration: write 90s, 30m, 2h or 7d, one whole number.")
    return timedelta(seconds=int(form[1]) * _UNIT_SECONDS[form[2]])


def format_duration(duration: timedelta, units: int = 2) -> str:
    """Format a non-negative duration, rounded to the second, in its largest `units` units: `6d 23h`."""
    remaining = round(duration.total_seconds())
    parts: list[str] = []
    for unit, seconds in _UNIT_SECONDS.items():
        count, remaining = divmod(remaining, seconds)
        if count or parts:
            parts.append(f"{count}{unit}")
    first, *others = parts or ["0s"]
    return " ".join([first, *(part for part in others[: units - 1] if part[0] != "0")])


def format_given(duration: timedelta) -> str:
    """Format a duration that a caller gave, without rounding: `1d 1s`, `0.5s` or `-1s`."""
    if duration < timedelta(0):
        return f"-{format_given(-duration)}"
    if duration.microseconds:
        return f"{duration.total_seconds():f}".rstrip("0") + "s"
    return format_duration(duration, units=len(_UNIT_SECONDS))


def format_nearest(duration: timedelta) -> str:
    """Format a non-negative duration in its two largest units, rounded to them: `7d` for 6d 23h 59m 58s."""
    sizes, seconds = [*_UNIT_SECONDS.values()], duration.total_seconds()
    largest = next((index for index, size in enumerate(sizes) if seconds >= size), len(sizes))
    size = sizes[min(largest + 1, len(sizes) - 1)]
    return format_duration(timedelta(seconds=round(seconds / size) * size))
