"""How late waits end: the time of WaitStateExited less the due time, which is startDate + expirydate."""

import json
import time
from functools import partial
from math import ceil
from statistics import median, quantiles
from typing import Any, TypeAlias

from bench.bench import Bench
from bench.endpoint import Endpoint, Running
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.step_functions import StepFunctions
from bench.wrk import start_executions

History: TypeAlias = dict[str, dict[str, Any]]
"""The events of an execution by their types; none comes twice in Wait → Pass."""

_REACH_P50_MS, _REACH_P99_MS = 3, 20
_REACH_LAST_SECONDS = 1.0
_LATEST_SECONDS = 150.0
_FIRST = 200
"""So many calls tell how fast an endpoint accepts executions."""

_READING_SECONDS = 180.0
_SILENCE_SECONDS = 60.0


def spread(bench: Bench) -> list[Row]:
    """Measure executions that fall due one after the other."""
    sizes = bench.sizes
    percentiles = _spread_percentiles(bench, bench.ours)
    return [
        Row(
            key="spread",
            work=f"{sizes.spread:,} waiting, spread over {sizes.spread_seconds} s: lateness p50, p99",
            reach=f"{_REACH_P50_MS} ms, {_REACH_P99_MS} ms",
            reached=bench.reached(is_so=percentiles[0] <= _REACH_P50_MS and percentiles[1] <= _REACH_P99_MS),
            ours=_milliseconds(*percentiles),
            peers=bench.each_peer(lambda peer: _milliseconds(*_spread_percentiles(bench, peer))),
            how="started one by one, Wait → Pass; WaitStateExited of GetExecutionHistory less startDate + "
            "expirydate",
        )
    ]


def same_second(bench: Bench) -> list[Row]:
    """Measure many executions that fall due in the same second."""
    ours = _last(bench, bench.ours)
    return [
        Row(
            key="same-second",
            work=f"{bench.sizes.same_second:,} due in the same second (Wait → Pass): the last one late by",
            reach=f"{_REACH_LAST_SECONDS:g} s",
            reached=bench.reached(is_so=(ours.value or 0) <= _REACH_LAST_SECONDS),
            ours=ours,
            peers=bench.each_peer(partial(_last, bench), ("ministack", "moto")),
            how="started with wrk -t1 -c16, each with the expirydate that makes it due in that second",
        )
    ]


def _spread_percentiles(bench: Bench, endpoint: Endpoint) -> tuple[float, float]:
    bench.say(f"Lateness of {endpoint}, {bench.sizes.spread:,} waiting")
    with bench.running(endpoint) as (_, client):
        machine = client.create_machine()
        dues = _start_spread(client, machine, bench.sizes.spread, bench.sizes.spread_seconds)
        _await_end(client, machine, max(dues.values()))
        late = [_exited(_history(client, arn)) - due for arn, due in dues.items()]
    percentiles = quantiles(late, n=100, method="inclusive")
    return percentiles[49] * 1000, percentiles[98] * 1000


def _start_spread(client: StepFunctions, machine: str, count: int, seconds: float) -> dict[str, float]:
    """Start executions at an even pace; return when each is due, the first after the last has started."""
    pace = seconds / count
    begun = time.time()
    first_due = begun + 1 + max(1.2 * seconds, 1.5 * count * _seconds_to_start(client, machine))
    dues = {}
    for number in range(count):
        time.sleep(max(0.0, begun + number * pace - time.time()))
        expirydate = max(0, round(first_due + number * pace - time.time()))
        arn, started = client.start(machine, f"spread-{number}", expirydate)
        dues[arn] = started + expirydate
    return dues


def _seconds_to_start(client: StepFunctions, machine: str, tries: int = 10) -> float:
    begun = time.perf_counter()
    for number in range(tries):
        client.start(machine, f"first-{number}", 0)
    return (time.perf_counter() - begun) / tries


def _last(bench: Bench, endpoint: Endpoint) -> Figure:
    count = bench.sizes.same_second
    bench.say(f"{count:,} due in the same second on {endpoint}")
    with bench.running(endpoint) as (process, client):
        machine = client.create_machine()
        due = _start_for_one_second(process, machine, _rate(process, client), count)
        _await_end(client, machine, due + 1)
        late = _latenesses(client, machine)
    return Figure(f"{max(late):.2f} s (p50 {median(late):.2f} s)", max(late))


def _rate(process: Running, client: StepFunctions) -> float:
    """Say how many executions are accepted in a second, from those of another state machine."""
    machine = client.create_machine("warm-up")
    return start_executions(process.url, machine, seconds=10, calls=_FIRST, due="+0").accepted_per_second


def _start_for_one_second(process: Running, machine: str, rate: float, count: int) -> int:
    seconds = ceil(3 + 2 * count / rate)
    due = int(time.time()) + seconds
    load = start_executions(process.url, machine, seconds=seconds, calls=count, due=str(due))
    if load.accepted < count:
        raise NoAnswer(f"{load.accepted:,} of {count:,} accepted in {seconds} s")
    return due


def _await_end(client: StepFunctions, machine: str, due: float) -> None:
    time.sleep(max(0.0, due + 0.5 - time.time()))
    while _is_any_running(client, machine):
        if time.time() > due + _LATEST_SECONDS:
            raise NoAnswer(f"not all have ended {_LATEST_SECONDS:g} s after their due time")
        time.sleep(1)


def _is_any_running(client: StepFunctions, machine: str) -> bool:
    """Find out, with patience for an endpoint that is busy."""
    deadline = time.monotonic() + _SILENCE_SECONDS
    while True:
        try:
            return client.is_any_running(machine)
        except NoAnswer as error:
            if time.monotonic() > deadline:
                raise NoAnswer(f"silent for {_SILENCE_SECONDS:g} s once they are due ({error})") from error
            time.sleep(1)


def _latenesses(client: StepFunctions, machine: str) -> list[float]:
    deadline = time.monotonic() + _READING_SECONDS
    late: list[float] = []
    for arn in (arn for page in client.executions(machine) for arn in page):
        late.append(_lateness(_history(client, arn)))
        if time.monotonic() > deadline:
            raise NoAnswer(f"{len(late):,} histories read in {_READING_SECONDS:g} s")
    return late


def _lateness(events: History) -> float:
    started = events["ExecutionStarted"]
    expirydate = json.loads(started["executionStartedEventDetails"]["input"])["expirydate"]
    return _exited(events) - float(started["timestamp"]) - float(expirydate)


def _exited(events: History) -> float:
    if "WaitStateExited" not in events:
        raise NoAnswer("a history without WaitStateExited")
    return float(events["WaitStateExited"]["timestamp"])


def _history(client: StepFunctions, arn: str) -> History:
    events = client.call("GetExecutionHistory", executionArn=arn)["events"]
    return {event["type"]: event for event in events}


def _milliseconds(p50: float, p99: float) -> Figure:
    return Figure(f"{p50:,.1f} ms, {p99:,.1f} ms", p50)
