"""Measures memory, response times and restart as the number of waiting executions grows to a million."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import median

from bench.bench import Bench
from bench.endpoint import RunningEndpoint
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.process_tree import cpu_seconds, resident_bytes
from bench.step_functions import StepFunctions
from bench.wrk import CONNECTIONS, Load, start_executions

_FILLING_SECONDS = 1_200
_COUNTING_SECONDS = 120
_LIST_CALLS = 20

_TARGET_GIB = 1.5
_TARGET_LIST_MS = 50
_TARGET_RESTART_SECONDS = 10
_TARGET_COST = 1.2


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of StartExecution.

    `p50_ms`: the median duration of consecutive calls on one connection.
    `per_second`, `cpu_ms`: the rate, and the endpoint's processor time for each call, on 16 connections.
    `started`: the number of executions started for the measurement.
    """

    p50_ms: float
    per_second: float
    cpu_ms: float
    started: int


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of the next StartExecution, with a name `given` by the client or `made` by the endpoint."""

    given: Cost
    made: Cost


@dataclass(frozen=True, slots=True)
class Point:
    """The figures with `waiting` executions."""

    waiting: int
    resident_mib: float
    list_ms: float
    costs: Costs


@dataclass(frozen=True, slots=True)
class Restart:
    """A restart after SIGKILL.

    `seconds`: the time until the first answer.
    `found`: the number of executions counted afterwards.
    `counted`: the same in words.
    """

    seconds: float
    found: int
    counted: str


@dataclass(frozen=True, slots=True)
class Growth:
    """All figures of an endpoint that was filled step by step.

    `few`, `many`: the costs with few and with many waiting, measured in turns.
    """

    points: list[Point]
    accepted: int
    refused: int
    filling_seconds: float
    journal_mib: float
    restart: Restart
    few: Costs
    many: Costs


def measure_million(bench: Bench) -> list[Row]:
    """Fill our endpoint step by step, measure it at each step, then kill it and start it again."""
    with bench.run(bench.ours) as (process, client):
        growth = _grow(bench, process, client)
    (bench.work / "growth.json").write_text(json.dumps(asdict(growth), indent=1), encoding="utf-8")
    return [
        _size_row(bench, growth),
        _list_row(bench, growth),
        _restart_row(bench, growth),
        _cost_row(bench, growth),
    ]


def _grow(bench: Bench, process: RunningEndpoint, client: StepFunctions) -> Growth:
    arn = client.create_state_machine()
    before = resident_bytes(process.pid)
    points: list[Point] = []
    fillings: list[Load] = []
    waiting = 0
    for size in bench.sizes.growth:
        bench.say(f"Filling {bench.ours} up to {size:,} waiting")
        fillings.append(_fill(process, arn, size - waiting, len(points)))
        waiting += fillings[-1].accepted
        points.append(_measure_point(bench, process, arn, waiting, resident_bytes(process.pid) - before))
        waiting += points[-1].costs.given.started + points[-1].costs.made.started
    few, many = _compare(bench, process, arn)
    waiting += many.given.started + many.made.started
    points[0], points[-1] = _improve(points[0], few), _improve(points[-1], many)
    bench.say("Killing the endpoint and starting it again")
    return Growth(
        points,
        waiting,
        sum(filling.refusals + filling.failures for filling in fillings),
        sum(filling.seconds for filling in fillings),
        _measure_journal_mib(process),
        _measure_restart(process, arn),
        few,
        many,
    )


def _compare(bench: Bench, process: RunningEndpoint, arn: str) -> tuple[Costs, Costs]:
    """Measure this endpoint and a second one with few waiting in turns, so that other load slows both."""
    bench.say("Comparing StartExecution with that of an endpoint with few waiting")
    with bench.run(bench.ours) as (other, client):
        other_arn = client.create_state_machine()
        _fill(other, other_arn, bench.sizes.growth[0], 0)
        rounds = [
            (_measure_costs(bench, other, other_arn), _measure_costs(bench, process, arn))
            for _ in range(bench.sizes.rounds)
        ]
    return _pick_best_costs([few for few, _ in rounds]), _pick_best_costs([many for _, many in rounds])


def _improve(point: Point, costs: Costs) -> Point:
    return replace(point, costs=_pick_best_costs([point.costs, costs]))


def _fill(process: RunningEndpoint, arn: str, count: int, seed: int) -> Load:
    load = start_executions(process.url, arn, seconds=_FILLING_SECONDS, calls=count, seed=1_000 + seed)
    if load.accepted < count:
        raise NoAnswer(f"{load.accepted:,} of {count:,} accepted")
    return load


def _measure_point(bench: Bench, process: RunningEndpoint, arn: str, waiting: int, resident: int) -> Point:
    return Point(
        waiting=waiting,
        resident_mib=resident / 2**20,
        list_ms=_measure_list_ms(process, arn),
        costs=_pick_best_costs([_measure_costs(bench, process, arn) for _ in range(bench.sizes.rounds)]),
    )


def _measure_costs(bench: Bench, process: RunningEndpoint, arn: str) -> Costs:
    return Costs(_measure_cost(bench, process, arn, "given"), _measure_cost(bench, process, arn, "none"))


def _pick_best_costs(rounds: list[Costs]) -> Costs:
    return Costs(_pick_best([costs.given for costs in rounds]), _pick_best([costs.made for costs in rounds]))


def _pick_best(costs: list[Cost]) -> Cost:
    """Return the best figures of all rounds: other load on the computer only makes a round worse."""
    return Cost(
        min(cost.p50_ms for cost in costs),
        max(cost.per_second for cost in costs),
        min(cost.cpu_ms for cost in costs),
        sum(cost.started for cost in costs),
    )


def _measure_cost(bench: Bench, process: RunningEndpoint, arn: str, names: str) -> Cost:
    def load(calls: int, connections: int) -> Load:
        return start_executions(
            process.url,
            arn,
            seconds=60,
            calls=calls,
            connections=connections,
            names=names,
            seed=time.time_ns() % 2**31,
        )

    alone = load(bench.sizes.calls, 1)
    used = cpu_seconds(process.pid)
    concurrent = load(bench.sizes.concurrent_calls, CONNECTIONS)
    used = cpu_seconds(process.pid) - used
    started = alone.accepted + concurrent.accepted
    return Cost(alone.p50_ms, concurrent.accepted_per_second, 1000 * used / concurrent.answers, started)


def _measure_list_ms(process: RunningEndpoint, arn: str) -> float:
    with StepFunctions(process.url, _COUNTING_SECONDS) as client:
        return median(
            _time_call_ms(lambda: client.call("ListExecutions", stateMachineArn=arn))
            for _ in range(_LIST_CALLS)
        )


def _time_call_ms(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _measure_journal_mib(process: RunningEndpoint) -> float:
    files = (process.folder / "data").glob("journal*")
    return sum(file.stat().st_size for file in files) / 2**20


def _measure_restart(process: RunningEndpoint, arn: str) -> Restart:
    seconds = process.kill_and_start()
    with StepFunctions(process.url, _COUNTING_SECONDS) as client:
        return Restart(seconds, *_count_executions(client, arn))


def _count_executions(client: StepFunctions, arn: str) -> tuple[int, str]:
    deadline = time.monotonic() + _COUNTING_SECONDS
    found = 0
    for page in client.list_executions(arn, statusFilter="RUNNING"):
        found += len(page)
        if time.monotonic() > deadline:
            return found, f"{found:,} counted in {_COUNTING_SECONDS} s"
    return found, f"{found:,} found again after the kill"


def _size_row(bench: Bench, growth: Growth) -> Row:
    last = growth.points[-1]
    gib = last.resident_mib / 1024
    is_complete = growth.refused == 0 and growth.restart.found >= growth.accepted
    return Row(
        key="million",
        work=f"{bench.sizes.growth[-1]:,} waiting: memory, accepted in all",
        target=f"{_TARGET_GIB} GiB, all",
        reached=bench.judge(reached=gib <= _TARGET_GIB and is_complete),
        ours=Figure(
            f"{gib:.2f} GiB; {growth.accepted:,} accepted, {growth.restart.counted}; "
            f"{growth.refused:,} refused or unanswered",
            gib,
        ),
        how=f"wrk -t1 -c{CONNECTIONS}, {growth.filling_seconds:.0f} s in all; "
        f"{growth.journal_mib:,.0f} MiB on disk",
    )


def _list_row(bench: Bench, growth: Growth) -> Row:
    milliseconds = growth.points[-1].list_ms
    return Row(
        key="million",
        work=f"first page of ListExecutions with {bench.sizes.growth[-1]:,} waiting",
        target=f"{_TARGET_LIST_MS} ms",
        reached=bench.judge(reached=milliseconds <= _TARGET_LIST_MS),
        ours=Figure(f"{milliseconds:.1f} ms", milliseconds),
        how=f"median of {_LIST_CALLS} calls, 100 executions a page, one connection",
    )


def _restart_row(bench: Bench, growth: Growth) -> Row:
    seconds = growth.restart.seconds
    return Row(
        key="million",
        work=f"restart with {bench.sizes.growth[-1]:,} waiting, until the first answer",
        target=f"{_TARGET_RESTART_SECONDS} s",
        reached=bench.judge(reached=seconds <= _TARGET_RESTART_SECONDS),
        ours=Figure(f"{seconds:.1f} s", seconds),
        how="kill -9, start, ListStateMachines until it answers",
    )


def _cost_row(bench: Bench, growth: Growth) -> Row:
    few, many = growth.few, growth.many
    given, made = many.given.p50_ms / few.given.p50_ms, many.made.p50_ms / few.made.p50_ms
    first, *_, last = bench.sizes.growth
    return Row(
        key="million",
        work=f"cost of the next StartExecution with {last:,} waiting against with {first:,}",
        target=f"{_TARGET_COST} times",
        reached=bench.judge(reached=max(given, made) <= _TARGET_COST),
        ours=Figure(
            f"{given:.2f} times named by the client ({_describe(few.given)} → {_describe(many.given)}), "
            f"{made:.2f} times named by the endpoint ({_describe(few.made)} → {_describe(many.made)})",
            max(given, made),
        ),
        how=f"two endpoints in turns, the best of {bench.sizes.rounds} rounds: median of {bench.sizes.calls} "
        f"calls on one connection; in brackets also calls per second on {CONNECTIONS} connections, and the "
        "endpoint's processor time for each call",
    )


def _describe(cost: Cost) -> str:
    return f"{cost.p50_ms:.2f} ms, {cost.per_second:,.0f}/s, {cost.cpu_ms:.2f} ms CPU"
