"""How many calls of the function run at once, whatever service makes them."""

from collections.abc import Iterator

from delay.planning.facts import Facts
from delay.planning.limit import Limit
from delay.planning.workload import Workload


def mean_concurrency(workload: Workload, facts: Facts) -> Iterator[Limit]:
    """Compare the mean with the quota, for a service that queues what comes at once."""
    if workload.flow:
        yield Limit(facts.quota("concurrency"), workload.calls_per_second * workload.shape.call_seconds)


def peak_concurrency(workload: Workload, facts: Facts) -> Iterator[Limit]:
    """Compare the peak with the quota, for a service that does not queue; the mean where no peak is known."""
    if not workload.bursts:
        yield from mean_concurrency(workload, facts)
        return
    yield Limit(
        facts.quota("concurrency"),
        workload.bursts.calls_at_once(workload.shape.call_seconds),
        "Until then calls are throttled and retried for half an hour, and each retry is billed.",
    )
