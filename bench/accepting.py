"""How many StartExecution calls are accepted in a second."""

from functools import partial

from bench.bench import Bench
from bench.endpoint import Endpoint
from bench.figure import Figure, Row
from bench.wrk import start_executions

_REACH_PER_SECOND = 3_000


def accepting(bench: Bench) -> list[Row]:
    """Measure it with 16 connections and names that the client makes."""
    ours = _rate(bench, bench.ours)
    return [
        Row(
            key="start",
            work="StartExecution accepted per second, 16 connections",
            reach=f"{_REACH_PER_SECOND:,}",
            reached=bench.reached(is_so=(ours.value or 0) >= _REACH_PER_SECOND),
            ours=ours,
            peers=bench.each_peer(partial(_rate, bench)),
            better="more",
            how=f"wrk -t1 -c16 -d{bench.sizes.load_seconds}s -s bench/start.lua, with random names; the "
            "tasks wait 30 days",
        )
    ]


def _rate(bench: Bench, endpoint: Endpoint) -> Figure:
    bench.say(f"StartExecution as fast as {endpoint} accepts it")
    with bench.running(endpoint) as (process, client):
        machine = client.create_machine()
        load = start_executions(process.url, machine, seconds=bench.sizes.load_seconds)
    lost = f", {load.failures} calls unanswered" if load.failures else ""
    refused = f", {load.refusals} refused" if load.refusals else ""
    latency = f"(p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms{lost}{refused})"
    return Figure(f"{load.accepted_per_second:,.0f} {latency}", load.accepted_per_second)
