"""The file of quotas and prices is complete, has its sources, and differs by Region."""

from datetime import date

import pytest

from delay._due import LONGEST_DELAY
from delay._payload import MAX_INPUT_BYTES
from delay.executions.call_rates import call_rates
from delay.planning.errors import HardQuota, UnknownQuota, UnknownRegion
from delay.planning.facts import Facts
from delay.planning.quota import Checked, Source

REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "af-south-1", "us-gov-west-1"]


def sources(facts: Facts) -> list[Source]:
    return [quota.source for quota in facts.quotas()] + [price.source for price in facts.prices()]


@pytest.mark.parametrize("region", REGIONS)
def test_every_figure_has_a_page_of_aws_and_a_reading_date(region: str) -> None:
    """This holds in every Region."""
    for source in sources(Facts.load(region)):
        assert source.title
        assert source.url.startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/"))
        assert source.read >= date(2026, 11, 24)


@pytest.mark.parametrize("region", REGIONS)
def test_every_figure_is_positive(region: str) -> None:
    """A figure of zero would be left out."""
    facts = Facts.load(region)
    assert all(quota.value > 0 for quota in facts.quotas())
    assert all(price.usd > 0 and price.per > 0 for price in facts.prices())


@pytest.mark.parametrize("region", REGIONS)
def test_client_is_rate_limited_by_the_same_quotas(region: str) -> None:
    """The client has its own copy, so that a service that imports it need not read a file."""
    facts = Facts.load(region)
    start = call_rates(region).start
    assert (start.burst, start.per_second) == (
        facts.quota("start-burst").value,
        facts.quota("start-rate").value,
    )
    assert facts.quota("input").value == MAX_INPUT_BYTES
    assert facts.quota("delay").value == LONGEST_DELAY.total_seconds()


def test_quotas_follow_the_group_of_the_region() -> None:
    """Step Functions has three large Regions, EventBridge Scheduler eleven."""
    ireland, frankfurt, paris = (Facts.load(name) for name in ("eu-west-1", "eu-central-1", "eu-west-3"))
    assert [facts.quota("start-rate").value for facts in (ireland, frankfurt, paris)] == [300, 150, 150]
    assert [facts.quota("create-schedule-rate").value for facts in (ireland, frankfurt, paris)] == [
        5000,
        5000,
        250,
    ]


def test_known_price_is_the_one_of_the_region() -> None:
    """An unknown price is that of us-east-1, and marked as assumed."""
    paris, tel_aviv = (
        Facts.load("eu-west-3").price("transition"),
        Facts.load("il-central-1").price("transition"),
    )
    assert (paris.usd, paris.is_assumed) == (29.7, False)
    assert (tel_aviv.usd, tel_aviv.is_assumed) == (25.0, True)


def test_unverified_value_is_marked_in_its_regions() -> None:
    """AWS's page has the rate of invocations for the large Regions alone."""
    assert Facts.load("eu-west-1").quota("schedule-call-rate").source.checked is Checked.PAGE
    assert Facts.load("eu-west-3").quota("schedule-call-rate").source.checked is Checked.NO
    assert Facts.load("af-south-1").price("transition").source.checked is Checked.SECOND_HAND


def test_own_quota_of_an_account_replaces_the_default() -> None:
    """Its source is the account."""
    quota = Facts.load("us-east-1", {"open-executions": 5e6}).quota("open-executions")
    assert (quota.value, quota.source.checked) == (5e6, Checked.OWN)


def test_unknown_quota_is_refused_with_the_known_ones() -> None:
    """Otherwise a misspelt quota would be ignored."""
    with pytest.raises(UnknownQuota, match=r"'open-execution'\. There are: open-executions, start-rate"):
        Facts.load("us-east-1", {"open-execution": 1})


def test_own_value_of_a_hard_quota_is_refused() -> None:
    """AWS raises it for no account."""
    with pytest.raises(HardQuota, match="history-events is hard"):
        Facts.load("us-east-1", {"history-events": 50_000})


@pytest.mark.parametrize("text", ["", "Ireland", "eu-west", "EU-WEST-1", "eu-west-1\n", "../facts"])
def test_malformed_region_is_refused(text: str) -> None:
    """The message has a valid example."""
    with pytest.raises(UnknownRegion, match="write eu-west-1"):
        Facts.load(text)
