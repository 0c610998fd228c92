"""The expressions of schedules, as EventBridge Scheduler reads them."""

from datetime import datetime, timedelta

import pytest

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.schedule_expression import Rate, parse_schedule


def find(text: str, after: str, zone: str = "UTC") -> str:
    found = parse_schedule(text, zone).find_next(datetime.fromisoformat(after))
    return found.strftime("%Y-%m-%dT%H:%MZ") if found else ""


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(2 hours)", timedelta(hours=2)),
        ("rate(1 day)", timedelta(days=1)),
    ],
)
def test_rate_is_a_duration(text: str, every: timedelta) -> None:
    """In minutes, hours or days."""
    assert parse_schedule(text) == Rate(every)


@pytest.mark.parametrize(
    ("text", "zone", "due"),
    [
        ("cron(0 9 * * ? *)", "UTC", "2026-12-01T09:00Z"),
        ("cron(0 9 * * ? *)", "Europe/Berlin", "2026-12-01T08:00Z"),
        ("cron(0/15 * ? * MON-FRI *)", "UTC", "2026-12-01T07:15Z"),
        ("cron(0 0 L * ? *)", "UTC", "2026-12-31T00:00Z"),
        ("cron(0 0 ? * 2#1 *)", "UTC", "2026-12-07T00:00Z"),
        ("cron(0 0 1 1 ? 2020)", "UTC", ""),
    ],
)
def test_cron_expression_is_a_time_of_a_calendar(text: str, zone: str, due: str) -> None:
    """In a time zone; never again if its years are over."""
    assert find(text, "2026-12-01T07:00:00+00:00", zone) == due


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-10-25T00:30:00+00:00", "2026-10-25T01:00Z"),  # 02:30 for the first time
        ("2026-10-25T01:30:00+00:00", "2026-10-25T02:00Z"),  # 02:30 for the second time
    ],
)
def test_next_time_is_later_though_clocks_are_set_back(after: str, due: str) -> None:
    """Otherwise the schedule would be due again and again."""
    found = parse_schedule("cron(0 * * * ? *)", "Europe/Berlin").find_next(datetime.fromisoformat(after))
    assert found is not None
    assert found > datetime.fromisoformat(after)
    assert found <= datetime.fromisoformat(after) + timedelta(hours=1, minutes=30), due


@pytest.mark.parametrize(
    "text", ["", "rate(0 minutes)", "rate(1 week)", "at(2026-12-01T00:00:00)", "cron(0 9 * * *)", "cron(x)"]
)
def test_other_texts_are_refused(text: str) -> None:
    """The message quotes them."""
    with pytest.raises(TemplateError, match="does not run here"):
        parse_schedule(text)


def test_unknown_time_zone_is_refused() -> None:
    """With its name."""
    with pytest.raises(TemplateError, match="Nowhere/Land"):
        parse_schedule("cron(0 9 * * ? *)", "Nowhere/Land")
