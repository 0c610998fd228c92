"""What EventBridge Scheduler offers: one schedule for each task, deleted when it has called."""

from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, lateness
from delay.planning.services.concurrency import mean_concurrency
from delay.planning.workload import Flow, Workload

SERVICE: Final = "EventBridge Scheduler"


def eventbridge_scheduler(workload: Workload, facts: Facts) -> Offer:
    """Reckon quotas and price of EventBridge Scheduler."""
    precision = facts.precision("eventbridge-scheduler")
    called = workload.tasks * (1 - workload.shape.cancelled)
    return Offer(
        service=SERVICE,
        limits=(*_limits(workload, facts), *lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=None,
        cost=Cost.at(facts.price("scheduled-call"), [("calls", called)]),
        only_where="to the minute",
        remarks=("It tells of no single task whether it ran. Schedules count until they are deleted.",),
    )


def _limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("schedules"), workload.open_tasks)
    if workload.flow:
        yield from _rates(workload, workload.flow, facts)
    if workload.bursts:
        # It may call at any time within its minute.
        minute = facts.precision("eventbridge-scheduler").seconds
        yield Limit(facts.quota("schedule-call-rate"), workload.bursts.due_within(minute) / minute)
    yield from mean_concurrency(workload, facts)
    yield Limit(facts.quota("schedule-input"), workload.shape.payload_bytes)


def _rates(workload: Workload, flow: Flow, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("create-schedule-rate"), flow.per_second)
    if workload.shape.cancelled:
        yield Limit(facts.quota("delete-schedule-rate"), flow.per_second * workload.shape.cancelled)
    if not workload.bursts:
        yield Limit(facts.quota("schedule-call-rate"), flow.per_second * (1 - workload.shape.cancelled))
