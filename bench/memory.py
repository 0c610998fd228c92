"""Measures the memory per waiting execution."""

from functools import partial

from bench.bench import Bench
from bench.endpoint import Endpoint
from bench.figure import Figure, Row
from bench.process_tree import resident_bytes
from bench.wrk import start_executions

_TARGET_KIB = 1.0
_PATIENCE_SECONDS = 120


def measure_memory(bench: Bench) -> list[Row]:
    """Measure the growth of resident memory with many waiting executions."""
    ours = _measure(bench, bench.ours)
    return [
        Row(
            key="memory",
            work=f"memory per waiting execution, at {bench.sizes.waiting:,}",
            target=f"{_TARGET_KIB:g} KiB",
            reached=bench.judge(reached=(ours.value or 0) <= _TARGET_KIB),
            ours=ours,
            peers=bench.measure_peers(partial(_measure, bench)),
            how="resident memory of the process and its children, less before, divided by the number "
            "waiting; each peer with as many as it accepts in about a minute",
        )
    ]


def _measure(bench: Bench, endpoint: Endpoint) -> Figure:
    count = min(endpoint.waiting, bench.sizes.waiting)
    bench.say(f"Memory of {endpoint} with {count:,} waiting")
    with bench.run(endpoint) as (process, client):
        arn = client.create_state_machine()
        before = resident_bytes(process.pid)
        load = start_executions(process.url, arn, seconds=_PATIENCE_SECONDS, calls=count)
        kib = (resident_bytes(process.pid) - before) / load.accepted / 1024
    return Figure(f"{kib:.2f} KiB ({load.accepted:,} waiting)", kib)
