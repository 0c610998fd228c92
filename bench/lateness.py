"""Measures the lateness of waits: the time of WaitStateExited less the due time, startDate + expirydate."""

import json
import time
from functools import partial
from itertools import chain
from math import ceil
from statistics import median, quantiles
from typing import Any, TypeAlias

from bench.bench import Bench
from bench.endpoint import Endpoint, RunningEndpoint
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.step_functions import StepFunctions
from bench.wrk import CONNECTIONS, start_executions

History: TypeAlias = dict[str, dict[str, Any]]
"""The events of an execution by type; no type occurs twice in Wait → Pass."""

_TARGET_P50_MS, _TARGET_P99_MS = 3, 20
_TARGET_LAST_SECONDS = 1.0
_LATEST_SECONDS = 150.0
_PROBE_CALLS = 200
"""The number of calls used to find an endpoint's start rate."""

_READING_SECONDS = 180.0
_SILENCE_SECONDS = 60.0


def measure_spread(bench: Bench) -> list[Row]:
    """Measure executions falling due one after the other."""
    sizes = bench.sizes
    percentiles = _measure_spread(bench, bench.ours)
    return [
        Row(
            key="spread",
            work=f"{sizes.spread:,} waiting, spread over {sizes.spread_seconds} s: lateness p50, p99",
            target=f"{_TARGET_P50_MS} ms, {_TARGET_P99_MS} ms",
            reached=bench.judge(
                reached=percentiles[0] <= _TARGET_P50_MS and percentiles[1] <= _TARGET_P99_MS
            ),
            ours=_format_ms(*percentiles),
            peers=bench.measure_peers(lambda peer: _format_ms(*_measure_spread(bench, peer))),
            how="started one by one, Wait → Pass; WaitStateExited of GetExecutionHistory less startDate + "
            "expirydate",
        )
    ]


def measure_same_second(bench: Bench) -> list[Row]:
    """Measure many executions falling due in the same second."""
    ours = _measure_last(bench, bench.ours)
    return [
        Row(
            key="same-second",
            work=f"{bench.sizes.same_second:,} due in the same second (Wait → Pass): the last one late by",
            target=f"{_TARGET_LAST_SECONDS:g} s",
            reached=bench.judge(reached=(ours.value or 0) <= _TARGET_LAST_SECONDS),
            ours=ours,
            peers=bench.measure_peers(partial(_measure_last, bench), ("ministack", "moto")),
            how=f"started with wrk -t1 -c{CONNECTIONS}, each with the expirydate that makes it due in that "
            "second",
        )
    ]


def _measure_spread(bench: Bench, endpoint: Endpoint) -> tuple[float, float]:
    bench.say(f"Lateness of {endpoint}, {bench.sizes.spread:,} waiting")
    with bench.run(endpoint) as (_, client):
        arn = client.create_state_machine()
        dues = _start_spread(client, arn, bench.sizes.spread, bench.sizes.spread_seconds)
        _await_end(client, arn, max(dues.values()))
        late = [_get_exit_time(_fetch_history(client, execution)) - due for execution, due in dues.items()]
    percentiles = quantiles(late, n=100, method="inclusive")
    return percentiles[49] * 1000, percentiles[98] * 1000


def _start_spread(client: StepFunctions, arn: str, count: int, seconds: float) -> dict[str, float]:
    """Start executions at even intervals; return their due times, all of them after the last start."""
    interval = seconds / count
    begun = time.time()
    first_due = begun + 1 + max(1.2 * seconds, 1.5 * count * _measure_start_seconds(client, arn))
    dues = {}
    for number in range(count):
        time.sleep(max(0.0, begun + number * interval - time.time()))
        expirydate = max(0, round(first_due + number * interval - time.time()))
        execution, started = client.start(arn, f"spread-{number}", expirydate)
        dues[execution] = started + expirydate
    return dues


def _measure_start_seconds(client: StepFunctions, arn: str, tries: int = 10) -> float:
    begun = time.perf_counter()
    for number in range(tries):
        client.start(arn, f"first-{number}", 0)
    return (time.perf_counter() - begun) / tries


def _measure_last(bench: Bench, endpoint: Endpoint) -> Figure:
    count = bench.sizes.same_second
    bench.say(f"{count:,} due in the same second on {endpoint}")
    with bench.run(endpoint) as (process, client):
        arn = client.create_state_machine()
        due = _start_for_same_second(process, arn, _measure_rate(process, client), count)
        _await_end(client, arn, due + 1)
        late = _fetch_latenesses(client, arn)
    return Figure(f"{max(late):.2f} s (p50 {median(late):.2f} s)", max(late))


def _measure_rate(process: RunningEndpoint, client: StepFunctions) -> float:
    """Return the number of executions accepted per second, measured on another state machine."""
    arn = client.create_state_machine("warm-up")
    return start_executions(process.url, arn, seconds=10, calls=_PROBE_CALLS, due="+0").accepted_per_second


def _start_for_same_second(process: RunningEndpoint, arn: str, rate: float, count: int) -> int:
    seconds = ceil(3 + 2 * count / rate)
    due = int(time.time()) + seconds
    load = start_executions(process.url, arn, seconds=seconds, calls=count, due=str(due))
    if load.accepted < count:
        raise NoAnswer(f"{load.accepted:,} of {count:,} accepted in {seconds} s")
    return due


def _await_end(client: StepFunctions, arn: str, due: float) -> None:
    time.sleep(max(0.0, due + 0.5 - time.time()))
    while _is_any_running(client, arn):
        if time.time() > due + _LATEST_SECONDS:
            raise NoAnswer(f"executions are still running {_LATEST_SECONDS:g} s after their due time")
        time.sleep(1)


def _is_any_running(client: StepFunctions, arn: str) -> bool:
    """Return whether any execution is still running; allow for a busy endpoint."""
    deadline = time.monotonic() + _SILENCE_SECONDS
    while True:
        try:
            return client.is_any_running(arn)
        except NoAnswer as error:
            if time.monotonic() > deadline:
                raise NoAnswer(
                    f"no answer for {_SILENCE_SECONDS:g} s after the due time ({error})"
                ) from error
            time.sleep(1)


def _fetch_latenesses(client: StepFunctions, arn: str) -> list[float]:
    deadline = time.monotonic() + _READING_SECONDS
    late: list[float] = []
    for execution in chain.from_iterable(client.list_executions(arn)):
        late.append(_compute_lateness(_fetch_history(client, execution)))
        if time.monotonic() > deadline:
            raise NoAnswer(f"{len(late):,} histories read in {_READING_SECONDS:g} s")
    return late


def _compute_lateness(events: History) -> float:
    started = events["ExecutionStarted"]
    expirydate = json.loads(started["executionStartedEventDetails"]["input"])["expirydate"]
    return _get_exit_time(events) - float(started["timestamp"]) - float(expirydate)


def _get_exit_time(events: History) -> float:
    if "WaitStateExited" not in events:
        raise NoAnswer("a history without WaitStateExited")
    return float(events["WaitStateExited"]["timestamp"])


def _fetch_history(client: StepFunctions, execution: str) -> History:
    events = client.call("GetExecutionHistory", executionArn=execution)["events"]
    return {event["type"]: event for event in events}


def _format_ms(p50: float, p99: float) -> Figure:
    return Figure(f"{p50:,.1f} ms, {p99:,.1f} ms", p50)
