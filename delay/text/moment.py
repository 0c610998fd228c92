"""Parses and formats times as RFC 3339, with a time zone."""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LATER_YEAR = re.compile(r"\d{5,}-\d\d-\d\d[Tt ].*", re.ASCII)


def parse_moment(text: str) -> datetime:
    """Parse an RFC 3339 timestamp; return it in UTC.

    Raises:
        ValueError: it is not a timestamp, or there is no such time; the message says what is allowed.

    """
    if _LATER_YEAR.fullmatch(text):
        raise ValueError(f"'{text}' is beyond the year 9999, the last one of the calendar.")
    if not _FORM.fullmatch(text):
        raise ValueError(
            f"'{text}' is not a time with a zone: write 2027-06-01T00:00:00Z or 2027-06-01T02:00:00+02:00."
        )
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{text}' is not a time: {error}.") from error


def format_exactly(moment: datetime) -> str:
    """Format a time as RFC 3339 in UTC, to the millisecond, as Step Functions returns times."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def format_moment(moment: datetime) -> str:
    """Format a time as RFC 3339 in UTC, to the second: `2027-06-01T00:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
