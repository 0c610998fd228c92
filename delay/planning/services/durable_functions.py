"""What Lambda durable functions offer: a durable execution for each task, which waits and then works."""

from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, lateness
from delay.planning.services.concurrency import mean_concurrency
from delay.planning.workload import MONTH_SECONDS, Flow, Workload

SERVICE: Final = "Lambda durable functions"

GB: Final = 1e9
RETENTION_SECONDS: Final = 14 * 86_400
"""How long an execution is kept after its end, unless one says otherwise. Source: "AWS Lambda pricing"."""


def durable_functions(workload: Workload, facts: Facts) -> Offer:
    """Reckon quotas and price of Lambda durable functions."""
    precision = facts.precision("durable-functions")
    return Offer(
        service=SERVICE,
        limits=(*_limits(workload, facts), *lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=facts.quota("durable-wait").value,
        cost=_cost(workload, facts),
        only_where="to the second",
        remarks=("The function has to be written with AWS's durable execution SDK, deterministically.",),
    )


def _limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("durable-executions"), workload.open_tasks)
    if workload.flow:
        yield from _rates(workload, workload.flow, facts)
    yield from mean_concurrency(workload, facts)
    yield Limit(facts.quota("durable-input"), workload.shape.payload_bytes)


def _rates(workload: Workload, flow: Flow, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("durable-start-rate"), flow.per_second)
    if workload.shape.cancelled:
        yield Limit(facts.quota("durable-stop-rate"), flow.per_second * workload.shape.cancelled)
    yield Limit(facts.quota("durable-wait"), flow.longest_delay_seconds)


def _cost(workload: Workload, facts: Facts) -> Cost:
    tasks = workload.tasks
    written = tasks * workload.shape.payload_bytes / GB
    kept_seconds = RETENTION_SECONDS + (workload.flow.mean_delay_seconds if workload.flow else 0)
    kept = written * kept_seconds / MONTH_SECONDS
    return (
        Cost.at(facts.price("durable-operation"), [("starts", tasks), ("waits", tasks)])
        + Cost.at(facts.price("durable-gb-written"), [("GB written", written)])
        + Cost.at(facts.price("durable-gb-month"), [("GB-months kept", kept)])
        + Cost.at(facts.price("lambda-request"), [("second invocations", tasks)])
    )
