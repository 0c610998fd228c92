"""Moments as text, parsed and formatted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.text.moment import format_moment, parse_moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T00:00:00Z",
        "2026-12-01t00:00:00z",
        "2026-12-01 01:00:00+01:00",
        "2026-11-30T19:00:00.000-05:00",
    ],
)
def test_rfc_3339_timestamp_is_a_moment(text: str) -> None:
    """It is returned in UTC, whatever zone it was written in."""
    assert parse_moment(text) == datetime(2026, 12, 1, tzinfo=UTC)
    assert parse_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-12-01",
        "2027-06-01T00:00:00",
        "20261201T000000Z",
        "2026-W49-2T00:00:00Z",
        "1764547200",
    ],
)
def test_other_text_is_refused_with_the_allowed_forms(text: str) -> None:
    """A time without a zone could mean any of several moments."""
    with pytest.raises(ValueError, match=r"write 2027-06-01T00:00:00Z or .*\+02:00"):
        parse_moment(text)


def test_year_beyond_the_calendar_is_refused_as_such() -> None:
    """The message does not ask for a zone, which the text has."""
    with pytest.raises(ValueError, match="'10000-01-01T00:00:00Z' is beyond the year 9999"):
        parse_moment("10000-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "text", ["2026-02-30T00:00:00Z", "2027-06-01T25:00:00Z", "0001-01-01T00:00:00+23:00"]
)
def test_moment_that_never_comes_is_refused(text: str) -> None:
    """The 30th of February is one."""
    with pytest.raises(ValueError, match=f"'{text[:10]}.*' is not a time: "):
        parse_moment(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_formatted_moment_can_be_parsed(moment: datetime) -> None:
    """It is exact to the second."""
    assert parse_moment(format_moment(moment)) == moment.replace(microsecond=0)
