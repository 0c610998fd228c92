"""What a waiting execution costs in memory."""

from functools import partial

from bench.bench import Bench
from bench.endpoint import Endpoint
from bench.figure import Figure, Row
from bench.process_tree import resident_bytes
from bench.wrk import start_executions

_REACH_KIB = 1.0
_PATIENCE_SECONDS = 120


def memory(bench: Bench) -> list[Row]:
    """Measure resident memory, less what it was before, with many executions waiting."""
    ours = _kib_each(bench, bench.ours)
    return [
        Row(
            key="memory",
            work=f"memory per waiting execution, at {bench.sizes.waiting:,}",
            reach=f"{_REACH_KIB:g} KiB",
            reached=bench.reached(is_so=(ours.value or 0) <= _REACH_KIB),
            ours=ours,
            peers=bench.each_peer(partial(_kib_each, bench)),
            how="resident memory of the process and its children, less before, divided by the number "
            "waiting; peers with as many as they accept in about a minute",
        )
    ]


def _kib_each(bench: Bench, endpoint: Endpoint) -> Figure:
    count = min(endpoint.waiting, bench.sizes.waiting)
    bench.say(f"Memory of {endpoint} with {count:,} waiting")
    with bench.running(endpoint) as (process, client):
        machine = client.create_machine()
        before = resident_bytes(process.pid)
        load = start_executions(process.url, machine, seconds=_PATIENCE_SECONDS, calls=count)
        kib = (resident_bytes(process.pid) - before) / load.accepted / 1024
    return Figure(f"{kib:.2f} KiB ({load.accepted:,} waiting)", kib)
