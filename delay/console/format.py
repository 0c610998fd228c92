"""How the console writes times, durations, numbers and JSON. No I/O."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from delay.text.duration import format_duration
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain, plain_lines

__all__ = ["format_duration", "format_exactly", "format_moment"]

_LONGEST_PREVIEW: Final = 120
_LONGEST_JSON: Final = 100_000
_SECOND: Final = timedelta(seconds=1)


def format_day_and_time(moment: datetime) -> str:
    """Return a time in UTC as people read it: `2026-12-01 00:00:00`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def format_countdown(left: timedelta) -> str:
    """Return the time that is left, or by which something is late."""
    if left < timedelta(0):
        return f"{format_duration(-left)} late"
    return f"in {format_duration(left)}"


def format_span(duration: timedelta) -> str:
    """Return a duration: with milliseconds below a minute, else in its two largest units."""
    seconds = duration.total_seconds()
    if abs(duration) < _SECOND:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if abs(seconds) < 60 else format_duration(abs(duration))  # noqa: PLR2004 - a minute


def preview_json(value: object) -> str:
    """Return the first words of a value as JSON in one line."""
    if value is None:
        return ""
    text = plain(_dump(value, None)[: 2 * _LONGEST_PREVIEW])
    return text if len(text) <= _LONGEST_PREVIEW else f"{text[: _LONGEST_PREVIEW - 1]}…"


@dataclass(frozen=True, slots=True)
class ShownText:
    """The beginning of a long text, or all of it, and the number of its characters."""

    text: str
    length: int

    @property
    def is_cut(self) -> bool:
        """Whether there is more of it."""
        return len(self.text) < self.length


def write_json(value: object) -> str:
    """Return a value as readable JSON, with escape sequences in place of characters without a glyph."""
    return plain_lines(_dump(value, 2))


def show_json(value: object) -> ShownText:
    """Return a value as readable JSON, of which a page shows no more than the beginning."""
    text = write_json(value)
    return ShownText(text[:_LONGEST_JSON], len(text))


def show_text(text: object) -> str:
    """Return text of others in one line, with escape sequences in place of characters without a glyph."""
    return plain(str(text))


def show_lines(text: object) -> str:
    """Return text of others with its lines."""
    return plain_lines(str(text))


def indent_json(text: str) -> str:
    """Return JSON text with each member on a line of its own; other text as it is."""
    try:
        return write_json(json.loads(text))
    except (ValueError, RecursionError):
        return show_lines(text)


def _dump(value: object, indent: int | None) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return "(nested too deeply to be shown)"
