"""The file of quotas and prices: complete, with its sources, and by Region."""

from datetime import date

import pytest

from delay._due import LONGEST_DELAY
from delay._payload import MAX_INPUT_BYTES
from delay.executions.rate_limit import call_rates
from delay.planning.errors import HardQuota, UnknownQuota, UnknownRegion
from delay.planning.facts import Facts
from delay.planning.quota import Checked, Source

REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "af-south-1", "us-gov-west-1"]


def sources(facts: Facts) -> list[Source]:
    return [quota.source for quota in facts.quotas()] + [price.source for price in facts.prices()]


@pytest.mark.parametrize("region", REGIONS)
def test_every_figure_names_a_page_of_aws_and_the_day_on_which_it_was_read(region: str) -> None:
    """In every Region."""
    for source in sources(Facts.load(region)):
        assert source.title
        assert source.url.startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/"))
        assert source.read >= date(2026, 11, 24)


@pytest.mark.parametrize("region", REGIONS)
def test_every_figure_is_more_than_nothing(region: str) -> None:
    """Or it would have been left out."""
    facts = Facts.load(region)
    assert all(quota.value > 0 for quota in facts.quotas())
    assert all(price.usd > 0 and price.per > 0 for price in facts.prices())


@pytest.mark.parametrize("region", REGIONS)
def test_the_client_is_paced_by_the_same_quotas(region: str) -> None:
    """It has them written down where a service that imports it need not read a file."""
    facts = Facts.load(region)
    start = call_rates(region).start
    assert (start.burst, start.per_second) == (
        facts.quota("start-burst").value,
        facts.quota("start-rate").value,
    )
    assert facts.quota("input").value == MAX_INPUT_BYTES
    assert facts.quota("delay").value == LONGEST_DELAY.total_seconds()


def test_quotas_are_those_of_the_regions_group() -> None:
    """Step Functions has three large Regions, EventBridge Scheduler eleven."""
    ireland, frankfurt, paris = (Facts.load(name) for name in ("eu-west-1", "eu-central-1", "eu-west-3"))
    assert [facts.quota("start-rate").value for facts in (ireland, frankfurt, paris)] == [300, 150, 150]
    assert [facts.quota("create-schedule-rate").value for facts in (ireland, frankfurt, paris)] == [
        5000,
        5000,
        250,
    ]


def test_a_price_is_the_regions_own_where_it_is_known() -> None:
    """Elsewhere it is that of us-east-1, and says so."""
    paris, tel_aviv = (
        Facts.load("eu-west-3").price("transition"),
        Facts.load("il-central-1").price("transition"),
    )
    assert (paris.usd, paris.is_assumed) == (29.7, False)
    assert (tel_aviv.usd, tel_aviv.is_assumed) == (25.0, True)


def test_a_value_that_could_not_be_verified_is_marked_where_it_applies() -> None:
    """The rate of invocations is on AWS's page for the large Regions alone."""
    assert Facts.load("eu-west-1").quota("schedule-call-rate").source.checked is Checked.PAGE
    assert Facts.load("eu-west-3").quota("schedule-call-rate").source.checked is Checked.NO
    assert Facts.load("af-south-1").price("transition").source.checked is Checked.SECOND_HAND


def test_an_accounts_own_quota_takes_the_place_of_the_default() -> None:
    """And its source is the account."""
    quota = Facts.load("us-east-1", {"open-executions": 5e6}).quota("open-executions")
    assert (quota.value, quota.source.checked) == (5e6, Checked.OWN)


def test_a_quota_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    """Nobody shall plan with a misspelt one."""
    with pytest.raises(UnknownQuota, match=r"'open-execution'\. There are: open-executions, start-rate"):
        Facts.load("us-east-1", {"open-execution": 1})


def test_a_hard_quota_has_no_other_value() -> None:
    """AWS raises it for nobody."""
    with pytest.raises(HardQuota, match="history-events is hard"):
        Facts.load("us-east-1", {"history-events": 50_000})


@pytest.mark.parametrize("text", ["", "Ireland", "eu-west", "EU-WEST-1", "eu-west-1\n", "../facts"])
def test_what_cannot_be_a_region_is_refused(text: str) -> None:
    """With the form of one that can."""
    with pytest.raises(UnknownRegion, match="write eu-west-1"):
        Facts.load(text)
