"""The offer of Step Functions: one execution of this project's state machine for each task."""

import math
from collections.abc import Iterator
from typing import Final

from delay._payload import LONGEST_DELAY_TEXT
from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.offer import Offer, check_lateness
from delay.planning.services.concurrency import check_peak_concurrency
from delay.planning.unit import Unit
from delay.planning.workload import Delays, Peaks, Workload

SERVICE: Final = "Step Functions"

EVENTS_AROUND_CALLS: Final = 6
EVENTS_OF_A_CALL: Final = 3
"""ExecutionStarted, WaitStateEntered, WaitStateExited, TaskStateEntered; for each call TaskScheduled,
TaskStarted and its end; then TaskStateExited and ExecutionSucceeded."""

MOST_RETRIES: Final = 16 + 2
"""The retries that the two retriers of statemachine/delay.asl.json allow together."""

_DELAY_BYTES: Final = len(LONGEST_DELAY_TEXT)
"""The bytes that the delay adds to the payload in the execution's input."""


def offer_step_functions(workload: Workload, facts: Facts) -> Offer:
    """Return the offer of Step Functions, Standard."""
    precision = facts.precision("step-functions")
    return Offer(
        service=SERVICE,
        limits=(*_check_limits(workload, facts), *check_lateness(workload.shape, precision)),
        precision=precision,
        longest_delay_seconds=facts.quota("delay").value,
        cost=_estimate_cost(workload, facts),
        only_where="to the second",
        counted="transitions",
    )


def compute_most_per_second(delays: Delays, call_seconds: float, facts: Facts) -> float:
    """Return the rate of tasks with this mean delay that an account carries without end."""
    open_seconds = delays.mean_seconds + call_seconds
    return min(
        facts.quota("open-executions").value / open_seconds if open_seconds else math.inf,
        facts.quota("start-rate").value,
        facts.quota("transition-rate").value / 2,
    )


def compute_start_seconds(count: float, facts: Facts) -> float:
    """Return the time it takes to start `count` executions, as fast as the quota allows."""
    left = count - facts.quota("start-burst").value
    return max(0.0, left) / facts.quota("start-rate").value


def _check_limits(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("open-executions"), workload.open_tasks)
    if workload.per_second is not None:
        yield from _check_rates(workload, workload.per_second, facts)
    if workload.peaks:
        yield from _check_bursts(workload.peaks, facts)
    yield from check_peak_concurrency(workload, facts)
    yield from _check_sizes(workload, facts)


def _check_rates(workload: Workload, per_second: float, facts: Facts) -> Iterator[Limit]:
    shape = workload.shape
    starts = per_second * (1 + shape.moved)
    yield Limit(facts.quota("start-rate"), starts)
    if shape.cancelled or shape.moved:
        yield Limit(facts.quota("stop-rate"), per_second * (shape.cancelled + shape.moved))
    # One transition at each start and one for each call: at other times, but with the same mean rate.
    yield Limit(facts.quota("transition-rate"), starts + workload.calls_per_second)


def _check_bursts(peaks: Peaks, facts: Facts) -> Iterator[Limit]:
    starts = peaks.starts_at_once(facts.quota("start-rate").value)
    if starts:
        yield _check_burst("start-burst", "start-rate", starts, "is started", facts)
    transitions = peaks.transitions_at_once(facts.quota("transition-rate").value)
    yield _check_burst("transition-burst", "transition-rate", transitions, "fires", facts)


def _check_burst(burst: str, rate: str, needed: float, happens: str, facts: Facts) -> Limit:
    quota = facts.quota(burst)
    late = max(0.0, needed - quota.value) / facts.quota(rate).value
    return Limit(quota, needed, f"Until then the last {happens} {Unit.SECONDS.format_exact(late)} late.")


def _check_sizes(workload: Workload, facts: Facts) -> Iterator[Limit]:
    yield Limit(facts.quota("history-events"), EVENTS_AROUND_CALLS + EVENTS_OF_A_CALL * (1 + MOST_RETRIES))
    yield Limit(facts.quota("input"), workload.shape.payload_bytes + _DELAY_BYTES)
    if workload.delays:
        yield Limit(facts.quota("delay"), workload.delays.longest_seconds)


def _estimate_cost(workload: Workload, facts: Facts) -> Cost:
    called = workload.tasks * (1 - workload.shape.cancelled)
    return Cost.at(
        facts.price("transition"),
        [
            ("waits", workload.tasks),
            ("moves", workload.tasks * workload.shape.moved),
            ("calls", called),
            ("retries", called * workload.shape.retries),
        ],
    )
