"""How a need compares with a quota, and what to do about it."""

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
def test_the_verdict_follows_from_the_default_and_from_aws_word_for_the_most(
    facts: Facts, key: str, needed: float, verdict: Verdict
) -> None:
    """Millions are fewer than ten million; where AWS gives no word, all can be asked for; hard is hard."""
    assert Limit(facts.quota(key), needed).verdict is verdict


def test_what_fits_needs_nothing_done(facts: Facts) -> None:
    """Nor anything said."""
    assert Limit(facts.quota("open-executions"), 5).to_do == ""


def test_what_can_be_raised_is_told_with_the_value_to_ask_for(facts: Facts) -> None:
    """And with what happens until then."""
    told = Limit(facts.quota("concurrency"), 1_501, "Until then calls wait.").to_do
    assert told == (
        "A soft quota, which AWS raises to tens of thousands: have it raised to 1,600 in Service Quotas. "
        "Until then calls wait."
    )


def test_what_is_beyond_is_divided(facts: Facts) -> None:
    """Among as many accounts or Regions as it takes by default."""
    told = Limit(facts.quota("open-executions"), 36_288_000).to_do
    assert "which AWS says it raises to millions: divide the tasks among 37 accounts or Regions" in told


def test_what_is_hard_is_told_with_what_to_do_instead(facts: Facts) -> None:
    """AWS does not raise it."""
    assert Limit(facts.quota("delay"), 1e9).to_do == (
        "A hard quota: schedule a task within that time that schedules the rest."
    )
    assert Limit(facts.quota("message-size"), 1e9).to_do == "A hard quota, which AWS does not raise."


def test_the_share_is_the_part_that_is_needed(facts: Facts) -> None:
    """All of it is 1."""
    assert math.isclose(Limit(facts.quota("open-executions"), 10_000).share, 0.01)
