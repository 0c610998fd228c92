"""What to do, in one sentence."""

from delay.planning.limit import Limit, Verdict
from delay.planning.offer import Offer
from delay.planning.plan import Plan, PlanAnswer
from delay.planning.unit import Unit, dollars, number

_WORTH_USD = 1.0
"""A saving of less a month is not worth a sentence."""

_CENT = 0.01


def advise(plan: Plan) -> str:
    """Say whether Step Functions carries the workload, why, and what would carry it otherwise."""
    match plan.answer:
        case PlanAnswer.YES:
            return _yes(plan)
        case PlanAnswer.RAISE:
            return _not_yet(plan)
        case PlanAnswer.NO:
            return _no(plan)


def _yes(plan: Plan) -> str:
    if not plan.workload.is_monthly:
        return f"Yes: {_why_they_can_wait(plan)}."
    tightest = plan.chosen.tightest
    cheaper = [offer for offer in plan.others if offer.verdict is Verdict.FITS and _saves(plan, offer)]
    instead = f"; {_carries(plan, min(cheaper, key=_price))}" if cheaper else ""
    return (
        f"Yes: Step Functions carries it as an account comes, for {_cost(plan, plan.chosen)}, "
        f"and takes {_percent(tightest)} of the {tightest.quota.name}, its tightest limit{instead}."
    )


def _why_they_can_wait(plan: Plan) -> str:
    executions = plan.chosen.limits[0]
    needed = Unit.COUNT.rounded(executions.needed)
    return (
        f"{needed} waiting tasks are {needed} of the {executions.quota.value:,.0f} open executions that an "
        f"account has in a Region, {_percent(executions)} of them, and take no registered activity; they "
        f"cost {_cost(plan, plan.chosen)}, however long they wait"
    )


def _not_yet(plan: Plan) -> str:
    others = [offer for offer in plan.others if offer.verdict is Verdict.FITS and _is_known(plan, offer)]
    instead = f"; {_carries(plan, min(others, key=_price))} as an account comes" if others else ""
    return (
        f"Not yet: with the {_raised(plan.chosen)}, which AWS does on request, Step Functions carries it for "
        f"{_cost(plan, plan.chosen)}{instead}."
    )


def _no(plan: Plan) -> str:
    others = sorted(
        (offer for offer in plan.others if offer.verdict <= Verdict.RAISE and _is_known(plan, offer)),
        key=lambda offer: (offer.verdict, _price(offer)),
    )
    best = others[:1]
    best += [offer for offer in others[1:] if offer.precision.seconds < best[0].precision.seconds][:1]
    if best:
        return f"No: {_obstacle(plan.chosen.tightest)}; {'; '.join(_carries(plan, offer) for offer in best)}."
    return f"No: {_obstacle(plan.chosen.tightest)}, and nothing that is compared here carries it either."


def _obstacle(limit: Limit) -> str:
    quota = limit.quota
    needed = quota.unit.rounded(limit.needed)
    if quota.hard:
        return f"the {quota.name} is {needed}, and the hard limit is {quota.unit.rounded(quota.value)}"
    return (
        f"{needed} {quota.name} are needed, an account has {quota.unit.exact(quota.value)}, and AWS says "
        f"that it raises them to {quota.raised_to}"
    )


def _carries(plan: Plan, offer: Offer) -> str:
    raised = f", with its {_raised(offer)}" if offer.verdict is Verdict.RAISE else ""
    return f"{offer.service} would carry it {offer.only_where} for {_cost(plan, offer)}{raised}"


def _raised(offer: Offer) -> str:
    """Name the quotas that have to be raised, and how far."""
    limits = [limit for limit in offer.limits if limit.verdict is Verdict.RAISE]
    return " and the ".join(f"{limit.quota.name} raised to {limit.asked_for}" for limit in limits)


def _saves(plan: Plan, offer: Offer) -> bool:
    return plan.chosen.cost.usd - offer.cost.usd >= _WORTH_USD


def _is_known(plan: Plan, offer: Offer) -> bool:
    """Whether it is known that tasks do not wait longer than the service allows."""
    return plan.workload.is_monthly or offer.longest_delay_seconds is None


def _price(offer: Offer) -> float:
    return offer.cost.usd


def _cost(plan: Plan, offer: Offer) -> str:
    if offer.cost.usd < _CENT:
        return "nothing"
    return f"{dollars(offer.cost.usd)} {'a month' if plan.workload.is_monthly else 'in all'}"


def _percent(limit: Limit) -> str:
    return f"{number(limit.share * 100)} %"
