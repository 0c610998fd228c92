"""The offer of EventBridge Scheduler: one schedule for each task, deleted after its call."""

from collections.abc import Iterator
from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, check_lateness
from delay.planning.services.concurrency import check_mean_concurrency
from delay.planning.workload import Workload

SERVICE: Final = "EventBridge Scheduler"


def offer_eventbridge_scheduler(workload: Workload, facts: Facts) -> Offer:
    """Return the offer of EventBridge Scheduler."""
    precision = facts.precision("eventbridge-scheduler")
    called = workload.tasks * (1 - workload.shape.cancelled)
    return Offer(
        service=SERVICE,
        limits=(*_check_limits(workload, facts), *check_lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=None,
        cost=Cost.at(facts.price("scheduled-call"), [("calls", called)]),
        only_where="to the minute",
        remarks=("It does not show whether a given task ran. Schedules count until they are deleted.",),
    )


def _check_limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("schedules"), workload.open_tasks)
    if workload.per_second is not None:
        yield from _check_rates(workload, workload.per_second, facts)
    if workload.peaks:
        # It may call at any time within its minute.
        minute = facts.precision("eventbridge-scheduler").seconds
        yield Limit(facts.quota("schedule-call-rate"), workload.peaks.due_within(minute) / minute)
    yield from check_mean_concurrency(workload, facts)
    yield Limit(facts.quota("schedule-input"), workload.shape.payload_bytes)


def _check_rates(workload: Workload, per_second: float, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("create-schedule-rate"), per_second)
    if workload.shape.cancelled:
        yield Limit(facts.quota("delete-schedule-rate"), per_second * workload.shape.cancelled)
    if not workload.peaks:
        yield Limit(facts.quota("schedule-call-rate"), per_second * (1 - workload.shape.cancelled))
