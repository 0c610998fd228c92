"""The offer of SQS: one delayed message for each task, in a standard queue that Lambda reads."""

from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, check_lateness
from delay.planning.request_units import count_requests
from delay.planning.services.concurrency import check_mean_concurrency
from delay.planning.workload import Workload

SERVICE: Final = "SQS with a delay"


def offer_sqs(workload: Workload, facts: Facts) -> Offer:
    """Return the offer of SQS. Nothing is batched, and empty receives are left out."""
    precision = facts.precision("sqs")
    return Offer(
        service=SERVICE,
        limits=(*_check_limits(workload, facts), *check_lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=facts.quota("message-delay").value,
        cost=_estimate_cost(workload, facts),
        only_where="if nothing is cancelled or looked up,",
        remarks=_make_remarks(workload),
    )


def _make_remarks(workload: Workload) -> tuple[str, ...]:
    cancelling = "A message cannot be cancelled: the function must check whether it still applies."
    if workload.delays:
        return (cancelling,)
    return ("The number waiting does not show whether 15 minutes are enough.", cancelling)


def _check_limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    if workload.delays:
        yield Limit(facts.quota("message-delay"), workload.delays.longest_seconds)
    if workload.per_second is not None:
        in_flight = workload.per_second * (1 + workload.shape.retries) * workload.shape.call_seconds
        yield Limit(facts.quota("messages-in-flight"), in_flight)
    yield from check_mean_concurrency(workload, facts)
    yield Limit(facts.quota("message-size"), workload.shape.payload_bytes)


def _estimate_cost(workload: Workload, facts: Facts) -> Cost:
    """Return the cost. Cancelled tasks are delivered as well."""
    parts = count_requests([workload.shape.payload_bytes])
    received = workload.tasks * (1 + workload.shape.retries)
    return Cost.at(
        facts.price("sqs-request"),
        [("sent", workload.tasks * parts), ("received", received * parts), ("deleted", workload.tasks)],
    )
