"""A plan as JSON. docs/reference/plan.md documents the keys, which stay as they are."""

from typing import Any

from delay.cli.output.broken_lines import BrokenLines
from delay.planning.advice import advise
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.notes import list_notes
from delay.planning.offer import Offer
from delay.planning.plan import Plan, PlanAnswer
from delay.planning.quota import Source
from delay.planning.workload import SameSecond, Workload


def plan_document(plan: Plan, broken: BrokenLines) -> dict[str, Any]:
    """Return a plan as values that JSON can hold."""
    return {
        "answer": plan.answer,
        "fits": plan.answer is PlanAnswer.YES,
        "store": "table" if plan.is_table else "executions",
        "advice": advise(plan),
        "region": plan.region,
        "workload": _build_workload(plan.workload),
        "trace": _build_trace(plan.workload, broken),
        "most_tasks_per_second": plan.most_per_second,
        "start_seconds": plan.start_seconds,
        "services": [_build_offer(offer, plan) for offer in plan.offers],
        "notes": list_notes(plan),
    }


def facts_document(facts: Facts) -> dict[str, Any]:
    """Return every quota and price of a Region with its source."""
    return {
        "region": facts.region,
        "quotas": [
            {
                "quota": quota.key,
                "name": quota.name,
                "unit": quota.unit,
                "value": quota.value,
                "hard": quota.hard,
                "raised_to": quota.raised_to,
                "source": _build_source(quota.source),
            }
            for quota in facts.quotas()
        ],
        "billing": [
            {
                "rule": rule.key,
                "unit": rule.unit,
                "value": rule.value,
                "source": _build_source(rule.source),
            }
            for rule in facts.billing_rules()
        ],
        "prices": [
            {
                "price": price.key,
                "usd": price.usd,
                "per": price.per,
                "free": price.free,
                "is_assumed": price.is_assumed,
                "source": _build_source(price.source),
            }
            for price in facts.prices()
        ],
    }


def _build_workload(workload: Workload) -> dict[str, Any]:
    delays, shape, peaks = workload.delays, workload.shape, workload.peaks
    return {
        "open_tasks": workload.open_tasks,
        "repeat": workload.repeat,
        "tasks_per_second": workload.per_second,
        "mean_delay_seconds": delays.mean_seconds if delays else None,
        "longest_delay_seconds": delays.longest_seconds if delays else None,
        "due_in_the_same_second": peaks.count if isinstance(peaks, SameSecond) else None,
        "payload_bytes": shape.payload_bytes,
        "handler_seconds": shape.call_seconds,
        "retries_per_task": shape.retries,
        "cancelled_share": shape.cancelled,
        "moved_share": shape.moved,
        "lateness_seconds": shape.lateness_seconds,
    }


def _build_trace(workload: Workload, broken: BrokenLines) -> dict[str, Any] | None:
    trace = workload.trace
    if trace is None:
        return None
    return {
        "repeat_is_guessed": workload.is_repeat_guessed,
        "tasks": trace.tasks,
        "span_seconds": trace.span_seconds,
        "peak_open_tasks": trace.most_open(workload.shape.call_seconds),
        "peak_arrivals_in_a_second": trace.arrivals_within(1),
        "peak_due_in_a_second": trace.due_within(1),
        "is_shorter_than_its_delays": trace.is_shorter_than_its_delays,
        "broken_lines": broken.count,
        "broken": [{"line": line.number, "reason": line.reason} for line in broken.first],
    }


def _build_offer(offer: Offer, plan: Plan) -> dict[str, Any]:
    return {
        "service": offer.service,
        "verdict": offer.verdict.label,
        "precision_seconds": offer.precision.seconds,
        "precision_source": _build_source(offer.precision.source),
        "longest_delay_seconds": offer.longest_delay_seconds,
        "limits": [_build_limit(limit) for limit in offer.limits],
        "cost": {
            "usd": round(offer.cost.usd, 2),
            "period": "month" if plan.workload.is_monthly else "once",
            "lines": [
                {
                    "label": line.label,
                    "number": line.number,
                    "usd": round(line.usd, 2),
                    "price": line.price.key,
                    "is_assumed": line.price.is_assumed,
                    "source": _build_source(line.price.source),
                }
                for line in offer.cost.lines
            ],
        },
        "remarks": list(offer.remarks),
    }


def _build_limit(limit: Limit) -> dict[str, Any]:
    return {
        "quota": limit.quota.key,
        "name": limit.quota.name,
        "unit": limit.quota.unit,
        "needed": limit.needed,
        "allowed": limit.quota.value,
        "verdict": limit.verdict.label,
        "hard": limit.quota.hard,
        "raised_to": limit.quota.raised_to,
        "to_do": limit.to_do,
        "source": _build_source(limit.quota.source),
    }


def _build_source(source: Source) -> dict[str, str]:
    return {
        "title": source.title,
        "url": source.url,
        "read": source.read.isoformat(),
        "checked": source.checked,
    }
