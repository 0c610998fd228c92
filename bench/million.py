"""What becomes of memory, answers and restart as the number of waiting executions grows to a million."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import median

from bench.bench import Bench
from bench.endpoint import Running
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.process_tree import cpu_seconds, resident_bytes
from bench.step_functions import StepFunctions
from bench.wrk import Load, start_executions

_FILLING_SECONDS = 1_200
_COUNTING_SECONDS = 120
_LIST_CALLS = 20

_REACH_GIB = 1.5
_REACH_LIST_MS = 50
_REACH_RESTART_SECONDS = 10
_REACH_COST = 1.2


@dataclass(frozen=True, slots=True)
class Cost:
    """What StartExecution costs: alone (median), and with 16 at a time; and how many were started for it."""

    p50_ms: float
    per_second: float
    cpu_ms: float
    started: int


@dataclass(frozen=True, slots=True)
class Costs:
    """What the next StartExecution costs, by who names the task: the client, or the endpoint."""

    given: Cost
    made: Cost


@dataclass(frozen=True, slots=True)
class Point:
    """How the endpoint does with so many waiting."""

    waiting: int
    resident_mib: float
    list_ms: float
    costs: Costs


@dataclass(frozen=True, slots=True)
class Restart:
    """SIGKILL and another start: seconds until the first answer, and how many executions are there again."""

    seconds: float
    found: int
    counted: str


@dataclass(frozen=True, slots=True)
class Growth:
    """All that was measured while the endpoint was filled."""

    points: list[Point]
    accepted: int
    refused: int
    filling_seconds: float
    journal_mib: float
    restart: Restart
    few: Costs
    many: Costs


def million(bench: Bench) -> list[Row]:
    """Fill our endpoint step by step, measure at each, then kill it and start it again."""
    with bench.running(bench.ours) as (process, client):
        growth = _grow(bench, process, client)
    (bench.work / "growth.json").write_text(json.dumps(asdict(growth), indent=1), encoding="utf-8")
    return [
        _size_row(bench, growth),
        _list_row(bench, growth),
        _restart_row(bench, growth),
        _cost_row(bench, growth),
    ]


def _grow(bench: Bench, process: Running, client: StepFunctions) -> Growth:
    machine = client.create_machine()
    before = resident_bytes(process.pid)
    points: list[Point] = []
    fillings: list[Load] = []
    waiting = 0
    for size in bench.sizes.growth:
        bench.say(f"Filling {bench.ours} up to {size:,} waiting")
        fillings.append(_fill(process, machine, size - waiting, len(points)))
        waiting += fillings[-1].accepted
        points.append(_point(bench, process, machine, waiting, resident_bytes(process.pid) - before))
        waiting += points[-1].costs.given.started + points[-1].costs.made.started
    few, many = _compared(bench, process, machine)
    waiting += many.given.started + many.made.started
    points[0], points[-1] = _improved(points[0], few), _improved(points[-1], many)
    bench.say("Killing it and starting it again")
    return Growth(
        points,
        waiting,
        sum(filling.refusals + filling.failures for filling in fillings),
        sum(filling.seconds for filling in fillings),
        _journal_mib(process),
        _restart(process, machine),
        few,
        many,
    )


def _compared(bench: Bench, process: Running, machine: str) -> tuple[Costs, Costs]:
    """Measure a second endpoint, with few waiting, and this one in turns: what else runs disturbs both."""
    bench.say("Comparing StartExecution with that of an endpoint with few waiting")
    with bench.running(bench.ours) as (other, client):
        other_machine = client.create_machine()
        _fill(other, other_machine, bench.sizes.growth[0], 0)
        rounds = [
            (_costs(bench, other, other_machine), _costs(bench, process, machine))
            for _ in range(bench.sizes.rounds)
        ]
    return _best_costs([few for few, _ in rounds]), _best_costs([many for _, many in rounds])


def _improved(point: Point, costs: Costs) -> Point:
    return replace(point, costs=_best_costs([point.costs, costs]))


def _fill(process: Running, machine: str, count: int, seed: int) -> Load:
    load = start_executions(process.url, machine, seconds=_FILLING_SECONDS, calls=count, seed=1_000 + seed)
    if load.accepted < count:
        raise NoAnswer(f"{load.accepted:,} of {count:,} accepted")
    return load


def _point(bench: Bench, process: Running, machine: str, waiting: int, resident: int) -> Point:
    return Point(
        waiting=waiting,
        resident_mib=resident / 2**20,
        list_ms=_list_milliseconds(process, machine),
        costs=_best_costs([_costs(bench, process, machine) for _ in range(bench.sizes.rounds)]),
    )


def _costs(bench: Bench, process: Running, machine: str) -> Costs:
    return Costs(_cost(bench, process, machine, "given"), _cost(bench, process, machine, "none"))


def _best_costs(rounds: list[Costs]) -> Costs:
    return Costs(_best([costs.given for costs in rounds]), _best([costs.made for costs in rounds]))


def _best(costs: list[Cost]) -> Cost:
    """Return the best of some rounds: what else runs on the machine makes each only worse."""
    return Cost(
        min(cost.p50_ms for cost in costs),
        max(cost.per_second for cost in costs),
        min(cost.cpu_ms for cost in costs),
        sum(cost.started for cost in costs),
    )


def _cost(bench: Bench, process: Running, machine: str, names: str) -> Cost:
    def load(calls: int, connections: int) -> Load:
        return start_executions(
            process.url,
            machine,
            seconds=60,
            calls=calls,
            connections=connections,
            names=names,
            seed=time.time_ns() % 2**31,
        )

    alone = load(bench.sizes.calls, 1)
    used = cpu_seconds(process.pid)
    many = load(bench.sizes.bursts, 16)
    used = cpu_seconds(process.pid) - used
    started = alone.accepted + many.accepted
    return Cost(alone.p50_ms, many.accepted_per_second, 1000 * used / many.answers, started)


def _list_milliseconds(process: Running, machine: str) -> float:
    with StepFunctions(process.url, _COUNTING_SECONDS) as client:
        return median(
            _timed(lambda: client.call("ListExecutions", stateMachineArn=machine)) for _ in range(_LIST_CALLS)
        )


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _journal_mib(process: Running) -> float:
    files = (process.folder / "data").glob("journal*")
    return sum(file.stat().st_size for file in files) / 2**20


def _restart(process: Running, machine: str) -> Restart:
    seconds = process.kill_and_start()
    with StepFunctions(process.url, _COUNTING_SECONDS) as client:
        return Restart(seconds, *_count(client, machine))


def _count(client: StepFunctions, machine: str) -> tuple[int, str]:
    deadline = time.monotonic() + _COUNTING_SECONDS
    found = 0
    for page in client.executions(machine, statusFilter="RUNNING"):
        found += len(page)
        if time.monotonic() > deadline:
            return found, f"{found:,} counted in {_COUNTING_SECONDS} s"
    return found, f"{found:,} there again after the kill"


def _size_row(bench: Bench, growth: Growth) -> Row:
    last = growth.points[-1]
    gib = last.resident_mib / 1024
    whole = growth.refused == 0 and growth.restart.found >= growth.accepted
    return Row(
        key="million",
        work=f"{bench.sizes.growth[-1]:,} waiting: memory, accepted in all",
        reach=f"{_REACH_GIB} GiB, all",
        reached=bench.reached(is_so=gib <= _REACH_GIB and whole),
        ours=Figure(
            f"{gib:.2f} GiB; {growth.accepted:,} accepted, {growth.restart.counted}; "
            f"{growth.refused:,} refused or unanswered",
            gib,
        ),
        how=f"wrk -t1 -c16, {growth.filling_seconds:.0f} s in all; {growth.journal_mib:,.0f} MiB on disk",
    )


def _list_row(bench: Bench, growth: Growth) -> Row:
    milliseconds = growth.points[-1].list_ms
    return Row(
        key="million",
        work=f"first page of ListExecutions with {bench.sizes.growth[-1]:,} waiting",
        reach=f"{_REACH_LIST_MS} ms",
        reached=bench.reached(is_so=milliseconds <= _REACH_LIST_MS),
        ours=Figure(f"{milliseconds:.1f} ms", milliseconds),
        how=f"median of {_LIST_CALLS} calls, 100 executions a page, one connection",
    )


def _restart_row(bench: Bench, growth: Growth) -> Row:
    seconds = growth.restart.seconds
    return Row(
        key="million",
        work=f"restart with {bench.sizes.growth[-1]:,} waiting, until the first answer",
        reach=f"{_REACH_RESTART_SECONDS} s",
        reached=bench.reached(is_so=seconds <= _REACH_RESTART_SECONDS),
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
        reach=f"{_REACH_COST} times",
        reached=bench.reached(is_so=max(given, made) <= _REACH_COST),
        ours=Figure(
            f"{given:.2f} times named by the client ({_told(few.given)} → {_told(many.given)}), "
            f"{made:.2f} times named by the endpoint ({_told(few.made)} → {_told(many.made)})",
            max(given, made),
        ),
        how=f"two endpoints in turns, the best of {bench.sizes.rounds} rounds: median of {bench.sizes.calls} "
        "calls on one connection; in brackets also calls per second with 16, and the endpoint's processor "
        "time for each",
    )


def _told(cost: Cost) -> str:
    return f"{cost.p50_ms:.2f} ms, {cost.per_second:,.0f}/s, {cost.cpu_ms:.2f} ms CPU"
