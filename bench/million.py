"""What becomes of memory, answers and restart as the number of waiting executions grows to a million."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
    """What the next StartExecution costs: alone (median), and with 16 at a time; and how many this took."""

    p50_ms: float
    per_second: float
    cpu_ms: float
    started: int


@dataclass(frozen=True, slots=True)
class Point:
    """How the endpoint does with so many waiting. `given` and `made` are the costs by who names the task."""

    waiting: int
    resident_mib: float
    list_ms: float
    given: Cost
    made: Cost


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
        point = _point(bench, process, machine, waiting, resident_bytes(process.pid) - before)
        waiting += point.given.started + point.made.started
        points.append(point)
    bench.say("Killing it and starting it again")
    return Growth(
        points,
        waiting,
        sum(filling.refusals + filling.failures for filling in fillings),
        sum(filling.seconds for filling in fillings),
        _journal_mib(process),
        _restart(process, machine),
    )


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
        given=_cost(bench, process, machine, "given", waiting),
        made=_cost(bench, process, machine, "none", waiting),
    )


def _cost(bench: Bench, process: Running, machine: str, names: str, seed: int) -> Cost:
    def load(calls: int, connections: int, salt: int) -> Load:
        return start_executions(
            process.url,
            machine,
            seconds=60,
            calls=calls,
            connections=connections,
            names=names,
            seed=2 * seed + salt,
        )

    alone = load(bench.sizes.calls, 1, 0)
    used = cpu_seconds(process.pid)
    many = load(bench.sizes.bursts, 16, 1)
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
    first, last = growth.points[0], growth.points[-1]
    given, made = last.given.p50_ms / first.given.p50_ms, last.made.p50_ms / first.made.p50_ms
    return Row(
        key="million",
        work=f"cost of the next StartExecution with {last.waiting:,} waiting against with {first.waiting:,}",
        reach=f"{_REACH_COST} times",
        reached=bench.reached(is_so=max(given, made) <= _REACH_COST),
        ours=Figure(
            f"{given:.2f} times named by the client ({_told(first.given)} → {_told(last.given)}), "
            f"{made:.2f} times named by the endpoint ({_told(first.made)} → {_told(last.made)})",
            max(given, made),
        ),
        how=f"median of {bench.sizes.calls} calls on one connection; calls per second with 16, and the "
        "endpoint's processor time for each, in brackets",
    )


def _told(cost: Cost) -> str:
    return f"{cost.p50_ms:.2f} ms, {cost.per_second:,.0f}/s, {cost.cpu_ms:.2f} ms CPU"
