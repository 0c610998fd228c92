"""The verdict on a need and its quota, and the action that follows."""

import math

import pytest

from delay.planning.facts import Facts
from delay.planning.limit import Limit, Verdict


@pytest.mark.parametrize(
    ("key", "needed", "verdict"),
    [
        ("open-executions", 1_000_000, Verdict.FITS),
        ("open-executions", 1_000_001, Verdict.RAISE),
        ("open-executions", 9_999_999, Verdict.RAISE),
        ("open-executions", 10_000_000, Verdict.BEYOND),
        ("start-rate", 1e9, Verdict.RAISE),
        ("input", 262_144, Verdict.FITS),
        ("input", 262_145, Verdict.NEVER),
    ],
)
def test_verdict_follows_from_the_default_and_the_stated_maximum(
    facts: Facts, key: str, needed: float, verdict: Verdict
) -> None:
    """AWS's word "millions" means fewer than ten million. Without a stated maximum, a raise is possible."""
    assert Limit(facts.quota(key), needed).verdict is verdict


def test_fitting_need_has_no_action(facts: Facts) -> None:
    """The text is empty."""
    assert Limit(facts.quota("open-executions"), 5).to_do == ""


def test_action_for_a_soft_quota_names_the_value_to_request(facts: Facts) -> None:
    """It also has the effect until then."""
    action = Limit(facts.quota("concurrency"), 1_501, "Until then calls wait.").to_do
    assert action == (
        "A soft quota, which AWS raises to tens of thousands: have it raised to 1,600 in Service Quotas. "
        "Until then calls wait."
    )


def test_need_beyond_the_maximum_is_divided(facts: Facts) -> None:
    """The default determines the number of accounts or Regions."""
    action = Limit(facts.quota("open-executions"), 36_288_000).to_do
    assert "which AWS says it raises to millions: divide the tasks among 37 accounts or Regions" in action


def test_action_for_a_hard_quota_names_the_alternative(facts: Facts) -> None:
    """AWS does not raise it."""
    assert Limit(facts.quota("delay"), 1e9).to_do == (
        "A hard quota: schedule a task within that time that schedules the rest."
    )
    assert Limit(facts.quota("message-size"), 1e9).to_do == "A hard quota, which AWS does not raise."


def test_share_is_the_needed_part_of_the_quota(facts: Facts) -> None:
    """The whole quota is 1."""
    assert math.isclose(Limit(facts.quota("open-executions"), 10_000).share, 0.01)
