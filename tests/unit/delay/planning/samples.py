"""Shortcuts to the parts of a plan."""

from functools import cache
from typing import Final

from hypothesis import settings

from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer
from delay.planning.plan import Plan, make_plan
from delay.planning.trace import Trace
from delay.planning.workload import Shape, Workload

HOUR: Final = 3_600
DAY: Final = 86_400
WEEK: Final = 7 * DAY
MONTH: Final = 30 * DAY

unhurried = settings(deadline=None)
"""A busy computer fails no test."""

INSTANT: Final = Shape(call_seconds=0)
"""A task whose call takes no time. Open tasks are then the rate times the delay, easy to check by hand."""


def steady(per_second: float, delay_seconds: float, shape: Shape = INSTANT) -> Workload:
    return Workload.steady(per_second, delay_seconds, shape)


def trace(*tasks: tuple[float, float]) -> Trace:
    """Build a trace of tasks, given by arrival and delay in seconds."""
    return Trace.of((round(arrival * 1000), round(delay * 1000)) for arrival, delay in tasks)


def plan(workload: Workload, region: str = "us-east-1", **own: float) -> Plan:
    """Make a plan. `own` has the account's quotas by key, with underscores."""
    return make_plan(workload, _facts(region, tuple(own.items())))


@cache
def _facts(region: str, own: tuple[tuple[str, float], ...]) -> Facts:
    return Facts.load(region, {key.replace("_", "-"): value for key, value in own})


def limit(offer: Offer, key: str) -> Limit:
    """Return the limit of an offer by its quota."""
    (found,) = (limit for limit in offer.limits if limit.quota.key == key)
    return found


def offer(made: Plan, service: str) -> Offer:
    """Return the offer of a service, found by a part of its name."""
    (found,) = (offer for offer in made.offers if service in offer.service)
    return found
