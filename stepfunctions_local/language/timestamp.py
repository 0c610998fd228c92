"""Parses the timestamps of the Amazon States Language: RFC 3339, with `T` and an offset."""

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"(?P<whole>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,9}))?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>\d{2}):(?P<minutes>[0-5]\d))",
    re.ASCII,
)


def parse_timestamp(text: str) -> datetime:
    """Return a timestamp in UTC. Fractions of a microsecond are rounded up, so that nothing is early.

    Raises ValueError.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"'{text}' is not an RFC 3339 timestamp such as 2026-03-14T01:59:00Z.")
    moment = datetime.fromisoformat(form["whole"]).replace(tzinfo=UTC)
    return _shift(moment, _parse_fraction(form["fraction"]) - _parse_offset(form))


def _parse_fraction(digits: str | None) -> timedelta:
    nanoseconds = int((digits or "0").ljust(9, "0"))
    return timedelta(microseconds=-(-nanoseconds // 1000))


def _parse_offset(form: re.Match[str]) -> timedelta:
    if form["sign"] is None:
        return timedelta()
    hours = int(form["hours"])
    if hours > 23:  # noqa: PLR2004  the last hour of a day
        raise ValueError(f"'{form[0]}' is more than a day from UTC.")
    offset = timedelta(hours=hours, minutes=int(form["minutes"]))
    return -offset if form["sign"] == "-" else offset


def _shift(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)
