"""The number of calls of the function that run at once, with any service."""

from collections.abc import Iterator

from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.workload import Workload


def check_mean_concurrency(workload: Workload, facts: Facts) -> Iterator[Limit]:
    """Compare the mean with the quota, for a service that queues calls."""
    if workload.is_monthly:
        yield Limit(facts.quota("concurrency"), workload.calls_per_second * workload.shape.call_seconds)


def check_peak_concurrency(workload: Workload, facts: Facts) -> Iterator[Limit]:
    """Compare the peak with the quota, for a service that does not queue; the mean if no peak is known."""
    if not workload.peaks:
        yield from check_mean_concurrency(workload, facts)
        return
    yield Limit(
        facts.quota("concurrency"),
        workload.peaks.calls_at_once(workload.shape.call_seconds),
        "Until then calls are throttled and retried for half an hour, and each retry is billed.",
    )
