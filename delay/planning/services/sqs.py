"""What SQS offers: one delayed message for each task, in a standard queue that Lambda reads."""

import math
from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, lateness
from delay.planning.services.concurrency import mean_concurrency
from delay.planning.workload import Workload

SERVICE: Final = "SQS with a delay"

REQUEST_BYTES: Final = 65_536
"""Each 64 KiB of a message are a request of their own. Source: "Amazon SQS pricing"."""


def sqs(workload: Workload, facts: Facts) -> Offer:
    """Reckon quotas and price of SQS. Nothing is batched, and empty receives are left out."""
    precision = facts.precision("sqs")
    return Offer(
        service=SERVICE,
        limits=(*_limits(workload, facts), *lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=facts.quota("message-delay").value,
        cost=_cost(workload, facts),
        only_where="where nothing is cancelled or looked up",
        remarks=_remarks(workload),
    )


def _remarks(workload: Workload) -> tuple[str, ...]:
    cancelling = "A message cannot be cancelled: the function has to ask whether it still applies."
    if workload.flow:
        return (cancelling,)
    return ("Whether 15 minutes are enough does not follow from the number waiting.", cancelling)


def _limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    if workload.flow:
        yield Limit(facts.quota("message-delay"), workload.flow.longest_delay_seconds)
        in_flight = workload.flow.per_second * (1 + workload.shape.retries) * workload.shape.call_seconds
        yield Limit(facts.quota("messages-in-flight"), in_flight)
    yield from mean_concurrency(workload, facts)
    yield Limit(facts.quota("message-size"), workload.shape.payload_bytes)


def _cost(workload: Workload, facts: Facts) -> Cost:
    """What was cancelled is delivered all the same."""
    parts = max(1, math.ceil(workload.shape.payload_bytes / REQUEST_BYTES))
    received = workload.tasks * (1 + workload.shape.retries)
    return Cost.at(
        facts.price("sqs-request"),
        [("sent", workload.tasks * parts), ("received", received * parts), ("deleted", workload.tasks)],
    )
