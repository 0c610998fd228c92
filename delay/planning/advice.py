"""The advice in one sentence: the store of this project that carries a workload, and other services."""

from delay.planning.limit import Limit, Verdict
from delay.planning.offer import Offer
from delay.planning.plan import Plan, PlanAnswer
from delay.planning.unit import Unit, format_dollars, format_number

_WORTH_USD = 1.0
"""The smallest saving a month that is mentioned."""

_CENT = 0.01


def advise(plan: Plan) -> str:
    """Return the answer to a plan, the reason, and the service that would carry the workload otherwise."""
    match plan.answer:
        case PlanAnswer.YES:
            return _explain_yes(plan)
        case PlanAnswer.RAISE:
            return _explain_raise(plan)
        case PlanAnswer.NO:
            return _explain_no(plan)


def _explain_yes(plan: Plan) -> str:
    if plan.is_table:
        return f"Yes: {_explain_table(plan)}; {_explain_executions(plan)}{_recommend_cheaper(plan)}."
    if not plan.workload.is_monthly:
        return f"Yes: {_explain_waiting(plan)}."
    tightest = plan.chosen.tightest
    return (
        f"Yes: Step Functions carries it without raising a quota, for {_format_cost(plan, plan.chosen)}, and "
        f"takes {_format_share(tightest)} of the {tightest.quota.name}, its tightest limit"
        f"{_recommend_cheaper(plan)}."
    )


def _explain_table(plan: Plan) -> str:
    carries = (
        f"{plan.chosen.named} carries it without raising a quota, to the second, for "
        f"{_format_cost(plan, plan.chosen)}"
    )
    if not plan.workload.is_monthly:
        return carries
    tightest = plan.chosen.tightest
    return f"{carries}, and takes {_format_share(tightest)} of the {tightest.quota.name}, its tightest limit"


def _explain_executions(plan: Plan) -> str:
    executions = plan.executions
    if executions.verdict is Verdict.RAISE:
        return f"executions would need the {_list_raised(executions)}"
    return f"executions would not, since {_describe_obstacle(executions.tightest)}"


def _explain_waiting(plan: Plan) -> str:
    executions = plan.chosen.limits[0]
    needed = Unit.COUNT.format_rounded(executions.needed)
    return (
        f"{needed} waiting tasks are {needed} of the {executions.quota.value:,.0f} open executions that an "
        f"account has in a Region, {_format_share(executions)} of them, and take no registered activity; "
        f"they cost {_format_cost(plan, plan.chosen)}, however long they wait"
    )


def _explain_raise(plan: Plan) -> str:
    others = [offer for offer in plan.others if offer.verdict is Verdict.FITS and _is_known(plan, offer)]
    instead = f"; {_recommend(plan, min(others, key=_get_usd))}, without raising a quota" if others else ""
    return (
        f"Not yet: with the {_list_raised(plan.chosen)}, which AWS does on request, {plan.chosen.named} "
        f"carries it for {_format_cost(plan, plan.chosen)}{instead}."
    )


def _explain_no(plan: Plan) -> str:
    others = [offer for offer in plan.others if offer.verdict <= Verdict.RAISE and _is_known(plan, offer)]
    obstacle = _describe_obstacle(plan.chosen.tightest)
    if others:
        return f"No: {obstacle}; {_recommend_best(plan, others)}."
    return f"No: {obstacle}, and none of the other services compared here carries it either."


def _recommend_cheaper(plan: Plan) -> str:
    """Return the services that would save a dollar, after a semicolon."""
    worst = Verdict.RAISE if plan.is_table else Verdict.FITS
    cheaper = [offer for offer in plan.others if offer.verdict <= worst and _is_cheaper(plan, offer)]
    return f"; {_recommend_best(plan, cheaper)}" if cheaper else ""


def _recommend_best(plan: Plan, offers: list[Offer]) -> str:
    """Recommend the cheapest service, and the cheapest of the more exact ones."""
    ranked = sorted(offers, key=lambda offer: (offer.verdict, _get_usd(offer)))
    best = ranked[:1]
    best += [offer for offer in ranked[1:] if offer.precision.seconds < best[0].precision.seconds][:1]
    return "; ".join(_recommend(plan, offer) for offer in best)


def _describe_obstacle(limit: Limit) -> str:
    quota = limit.quota
    needed = quota.unit.format_rounded(limit.needed)
    if quota.hard:
        return f"the {quota.name} is {needed}, and the hard limit is {quota.unit.format_rounded(quota.value)}"
    return (
        f"{needed} {quota.name} are needed, an account has {quota.unit.format_exact(quota.value)}, and AWS "
        f"says that it raises them to {quota.raised_to}"
    )


def _recommend(plan: Plan, offer: Offer) -> str:
    raised = f", with its {_list_raised(offer)}" if offer.verdict is Verdict.RAISE else ""
    return f"{offer.named} would carry it {offer.only_where} for {_format_cost(plan, offer)}{raised}"


def _list_raised(offer: Offer) -> str:
    """Return the quotas that have to be raised, each with its new value."""
    limits = [limit for limit in offer.limits if limit.verdict is Verdict.RAISE]
    return " and the ".join(f"{limit.quota.name} raised to {limit.asked_for}" for limit in limits)


def _is_cheaper(plan: Plan, offer: Offer) -> bool:
    return _is_known(plan, offer) and plan.chosen.cost.usd - offer.cost.usd >= _WORTH_USD


def _is_known(plan: Plan, offer: Offer) -> bool:
    """Whether the delays are known to be no longer than the service allows."""
    return plan.workload.delays is not None or offer.longest_delay_seconds is None


def _get_usd(offer: Offer) -> float:
    return offer.cost.usd


def _format_cost(plan: Plan, offer: Offer) -> str:
    if offer.cost.usd < _CENT:
        return "nothing"
    return f"{format_dollars(offer.cost.usd)} {'a month' if plan.workload.is_monthly else 'in all'}"


def _format_share(limit: Limit) -> str:
    return f"{format_number(limit.share * 100)} %"
