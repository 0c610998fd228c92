"""The offer of Lambda durable functions: for each task a durable execution, which waits and then works."""

from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, check_lateness
from delay.planning.services.concurrency import check_mean_concurrency
from delay.planning.workload import MONTH_SECONDS, Workload

SERVICE: Final = "Lambda durable functions"

GB: Final = 1e9
RETENTION_SECONDS: Final = 14 * 86_400
"""The default time for which an execution is kept after its end. Source: "AWS Lambda pricing"."""


def offer_durable_functions(workload: Workload, facts: Facts) -> Offer:
    """Return the offer of Lambda durable functions."""
    precision = facts.precision("durable-functions")
    return Offer(
        service=SERVICE,
        limits=(*_check_limits(workload, facts), *check_lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=facts.quota("durable-wait").value,
        cost=_estimate_cost(workload, facts),
        only_where="to the second",
        remarks=("The function must be written with AWS's durable execution SDK, deterministically.",),
    )


def _check_limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("durable-executions"), workload.open_tasks)
    if workload.per_second is not None:
        yield from _check_rates(workload, workload.per_second, facts)
    if workload.delays:
        yield Limit(facts.quota("durable-wait"), workload.delays.longest_seconds)
    yield from check_mean_concurrency(workload, facts)
    yield Limit(facts.quota("durable-input"), workload.shape.payload_bytes)


def _check_rates(workload: Workload, per_second: float, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("durable-start-rate"), per_second)
    if workload.shape.cancelled:
        yield Limit(facts.quota("durable-stop-rate"), per_second * workload.shape.cancelled)


def _estimate_cost(workload: Workload, facts: Facts) -> Cost:
    tasks = workload.tasks
    written = tasks * workload.shape.payload_bytes / GB
    kept_seconds = RETENTION_SECONDS + (workload.delays.mean_seconds if workload.delays else 0)
    kept = written * kept_seconds / MONTH_SECONDS
    return (
        Cost.at(facts.price("durable-operation"), [("starts", tasks), ("waits", tasks)])
        + Cost.at(facts.price("durable-gb-written"), [("GB written", written)])
        + Cost.at(facts.price("durable-gb-month"), [("GB-months kept", kept)])
        + Cost.at(facts.price("lambda-request"), [("second invocations", tasks)])
    )
