"""Measures the rate at which StartExecution calls are accepted."""

from functools import partial

from bench.bench import Bench
from bench.endpoint import Endpoint
from bench.figure import Figure, Row
from bench.wrk import CONNECTIONS, start_executions

_TARGET_PER_SECOND = 3_000


def measure_start_rate(bench: Bench) -> list[Row]:
    """Measure the rate with 16 connections and names made by the client."""
    ours = _measure(bench, bench.ours)
    return [
        Row(
            key="start",
            work=f"StartExecution accepted per second, {CONNECTIONS} connections",
            target=f"{_TARGET_PER_SECOND:,}",
            reached=bench.judge(reached=(ours.value or 0) >= _TARGET_PER_SECOND),
            ours=ours,
            peers=bench.measure_peers(partial(_measure, bench)),
            better="more",
            how=f"wrk -t1 -c{CONNECTIONS} -d{bench.sizes.load_seconds}s -s bench/start.lua, random names; "
            "the tasks wait 30 days",
        )
    ]


def _measure(bench: Bench, endpoint: Endpoint) -> Figure:
    bench.say(f"StartExecution as fast as {endpoint} accepts it")
    with bench.run(endpoint) as (process, client):
        arn = client.create_state_machine()
        load = start_executions(process.url, arn, seconds=bench.sizes.load_seconds)
    lost = f", {load.failures} calls unanswered" if load.failures else ""
    refused = f", {load.refusals} refused" if load.refusals else ""
    latency = f"(p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms{lost}{refused})"
    return Figure(f"{load.accepted_per_second:,.0f} {latency}", load.accepted_per_second)
