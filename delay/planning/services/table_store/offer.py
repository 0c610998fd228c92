"""The offer of the table store of this project: a task waits as two rows in DynamoDB, and SQS delivers it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from delay.planning.facts import Facts, Precision
from delay.planning.limit import Limit
from delay.planning.offer import Offer, check_lateness
from delay.planning.services.concurrency import check_mean_concurrency
from delay.planning.services.table_store.cost import estimate_table_cost
from delay.planning.services.table_store.protocol import CALL_SECONDS
from delay.planning.services.table_store.rows import count_units_of_a_task
from delay.planning.services.table_store.spike import Spike
from delay.planning.services.table_store.traffic import TableTraffic
from delay.planning.workload import Workload

SERVICE: Final = "Table store"


def offer_task_table(workload: Workload, facts: Facts) -> Offer:
    """Return the offer of the table store. The number of waiting tasks has no limit."""
    precision, spike = facts.precision("table"), _find_spike(workload, facts)
    return Offer(
        service=SERVICE,
        limits=(
            *_check_limits(workload, facts),
            *check_lateness(workload.shape, _include_spike(precision, spike)),
        ),
        precision=precision,
        longest_delay_seconds=None,
        cost=estimate_table_cost(workload, facts),
        only_where="to the second",
        remarks=tuple(_make_remarks(workload, spike)),
        subject="the table store",
    )


def _check_limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    if workload.per_second is not None:
        yield from _check_rates(workload, workload.per_second, facts)
    yield from check_mean_concurrency(workload, facts)
    yield Limit(facts.quota("table-payload"), workload.shape.payload_bytes)


def _check_rates(workload: Workload, per_second: float, facts: Facts) -> Iterator[Limit]:
    shape = workload.shape
    units = per_second * (
        count_units_of_a_task(shape.payload_bytes, shape.moved) + shape.cancelled + 2 * shape.retries
    )
    yield Limit(facts.quota("table-write-rate"), units)
    yield Limit(
        facts.quota("new-table-write-rate"),
        units,
        "Without, the table adapts: it takes twice its last peak within 30 minutes.",
    )
    busy = workload.calls_per_second * (shape.call_seconds + CALL_SECONDS)
    yield Limit(facts.quota("batches"), busy, "Until then tasks wait in the queue, and are called late.")
    yield Limit(facts.quota("messages-in-flight"), busy * TableTraffic.of(workload).batch)


def _find_spike(workload: Workload, facts: Facts) -> Spike | None:
    if workload.peaks is None:
        return None
    return Spike.of(workload.peaks.due_within(1), workload.shape.call_seconds, facts)


def _include_spike(precision: Precision, spike: Spike | None) -> Precision:
    late = spike.late_seconds if spike else 0.0
    return replace(precision, seconds=max(precision.seconds, late))


def _make_remarks(workload: Workload, spike: Spike | None) -> Iterator[str]:
    yield "It has no limit of waiting tasks, and its bill includes the mark of each task's end."
    if not workload.is_monthly:
        yield "Its functions' idle time is left out, and no batch is counted as filled."
    if spike and spike.late_seconds > 1:
        yield spike.describe()
