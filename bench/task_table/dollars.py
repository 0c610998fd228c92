"""Measures what a month of tasks costs in a table: a meter counts it, beside the plan and other services."""

import gc
from collections.abc import Iterator
from typing import Final

from bench.bench import Bench
from bench.figure import Figure, Row
from bench.task_table.month import simulate_month
from bench.task_table.simulation import Counted
from bench.task_table.traffic import Traffic
from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.offer import Offer
from delay.planning.plan import make_plan
from delay.planning.workload import DAY_SECONDS, MONTH_SECONDS, Shape, Workload

DENSE_PER_SECOND: Final = 60.0
THIN_PER_SECOND: Final = 1_000_000 / MONTH_SECONDS
PAYLOADS: Final = (200, 1_536, 20_480)
CANCELLED: Final = 0.1
MOVED: Final = 0.05
STORAGE: Final = ("table-gb-month", "table-recovery")

_TARGETS_USD: Final = {DENSE_PER_SECOND: 2.5, THIN_PER_SECOND: 4.0}
_REGION: Final = "us-east-1"
_SMALL: Final = 200


def measure_dollars(bench: Bench) -> list[Row]:
    """Count the bill of dense and of thin traffic, with three sizes of payload."""
    facts = Facts.load(_REGION)
    return list(_measure_all(bench, facts))


def _measure_all(bench: Bench, facts: Facts) -> Iterator[Row]:
    for per_second in (DENSE_PER_SECOND, THIN_PER_SECOND):
        for payload in PAYLOADS:
            bench.say(f"A simulated month of {payload:,} bytes, {per_second:.3g} a second")
            yield _measure(bench, facts, per_second, payload)
            gc.collect()  # the rows of a million tasks
        yield _measure_target(bench, facts, per_second)
        gc.collect()


def _measure(bench: Bench, facts: Facts, per_second: float, payload: int) -> Row:
    traffic = _build_traffic(bench, per_second, Shape(payload, cancelled=CANCELLED, moved=MOVED))
    counted = simulate_month(traffic)
    usd = counted.bill.compute_usd(facts) / counted.tasks * 1e6
    peers = _price_peers(traffic, facts)
    return Row(
        key="table",
        work=f"a million tasks of {payload:,} bytes, {_describe_rate(per_second)}",
        target="the plan, within 3 %",
        reached=bench.judge(reached=abs(usd / (peers[_PLAN].value or 1) - 1) < _TOLERANCE),
        ours=Figure(f"${usd:.2f} ({_describe_parts(counted, facts)})", usd),
        peers=peers,
        how=f"{traffic.tasks:,} tasks, {CANCELLED:.0%} cancelled, {MOVED:.0%} moved, "
        f"a wait of {traffic.wait_seconds // DAY_SECONDS} days, ends "
        "recorded, list prices without free units",
    )


def _measure_target(bench: Bench, facts: Facts, per_second: float) -> Row:
    """Measure what the issue promised: requests alone, without cancelled tasks and marks of ends."""
    traffic = _build_traffic(bench, per_second, Shape(_SMALL), records_end=False)
    counted = simulate_month(traffic)
    usd = _sum(counted.bill.compute_usd_by_price(facts), is_storage=False) / counted.tasks * 1e6
    target = _TARGETS_USD[per_second]
    return Row(
        key="table",
        work=f"the same, {_SMALL} bytes, requests alone without the mark of the end",
        target=f"${target:.2f}",
        reached=bench.judge(reached=usd <= target),
        ours=Figure(f"${usd:.2f}", usd),
        how=f"{traffic.tasks:,} tasks, none cancelled or moved",
    )


def _build_traffic(bench: Bench, per_second: float, shape: Shape, *, records_end: bool = True) -> Traffic:
    return Traffic(
        per_second=per_second,
        tasks=bench.sizes.table_tasks,
        shape=shape,
        wait_seconds=bench.sizes.table_wait_seconds,
        records_end=records_end,
    )


_PLAN: Final = "delay plan"
_TOLERANCE: Final = 0.03


def _price_peers(traffic: Traffic, facts: Facts) -> dict[str, Figure]:
    workload = Workload.steady(traffic.per_second, traffic.wait_seconds, traffic.shape)
    plan = make_plan(workload, facts)
    offers = {
        _PLAN: plan.table,
        "executions": plan.executions,
        "EventBridge Scheduler": _find_scheduler(plan.offers),
    }
    return {name: _price(offer.cost, workload.tasks) for name, offer in offers.items()}


def _find_scheduler(offers: tuple[Offer, ...]) -> Offer:
    (found,) = (offer for offer in offers if "Scheduler" in offer.service)
    return found


def _price(cost: Cost | None, tasks: float) -> Figure:
    usd = sum(line.usd for line in cost.lines if line.number > 0) / tasks * 1e6 if cost else 0.0
    return Figure(f"${usd:.2f}", usd)


def _describe_rate(per_second: float) -> str:
    return "60 a second" if per_second == DENSE_PER_SECOND else "a million a month"


def _describe_parts(counted: Counted, facts: Facts) -> str:
    parts = counted.bill.compute_usd_by_price(facts)
    storage = _sum(parts, is_storage=True) / counted.tasks * 1e6
    writes = counted.bill.get("table-write-unit") / counted.tasks
    reads = counted.bill.get("table-read-unit") / counted.tasks
    requests = counted.bill.get("sqs-request") / counted.tasks
    return (
        f"storage ${storage:.2f}; a task takes {writes:.2f} write units, {reads:.2f} read units, "
        f"{requests:.2f} SQS requests"
    )


def _sum(parts: dict[str, float], *, is_storage: bool) -> float:
    return sum(usd for price, usd in parts.items() if (price in STORAGE) is is_storage)
