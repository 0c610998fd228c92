"""Measures how long others wait while one execution, or many with large inputs, does all it may.

Others are three clients: one describes an execution, one starts tasks, and a function counts how late it is
called. Each workload is compared with the same clients on the same endpoint while nothing else runs.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.bench import Bench
from bench.endpoint import Endpoint, RunningEndpoint
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.greedy import LOOP, MAP, TASK, WAIT
from bench.step_functions import StepFunctions
from bench.wrk import CONNECTIONS

_TARGET_MS = 500.0
_PATIENCE_SECONDS = 120.0
_LOOP_BYTES = _TASK_BYTES = 250_000
_MAP_BYTES = 200_000
_PAUSE_SECONDS = 0.02
_DELAY_SECONDS = 1
_DRAIN_SECONDS = 1.0

_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Probe"
_PROBE = {
    "StartAt": "Wait",
    "States": {
        "Wait": WAIT | {"Next": "Call"},
        "Call": {"Type": "Task", "Resource": _FUNCTION, "End": True},
    },
}


@dataclass(slots=True)
class Others:
    """How long others waited, in ms: for DescribeExecution, for StartExecution, for a due task's call."""

    described: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    called: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest wait of any of them."""
        return max(self.described + self.started + self.called)

    def __str__(self) -> str:
        """Return the longest wait of each kind."""
        parts = (("describe", self.described), ("start", self.started), ("call", self.called))
        return ", ".join(f"{name} {max(found):,.0f}" for name, found in parts)


class _Calls(ThreadingHTTPServer):
    """A Lambda endpoint that notes when each task's function is called."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.moments: dict[str, float] = {}


class _Handler(BaseHTTPRequestHandler):
    server: _Calls
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        now = time.time()
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.moments[event["key"]] = now
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"null")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An endpoint under measurement, and the functions it calls.

    `seconds`: how long a workload without an end lasts. `scale`: the part of the full size of the others.
    """

    process: RunningEndpoint
    client: StepFunctions
    calls: _Calls
    seconds: float
    scale: float

    def connect(self) -> StepFunctions:
        """Return a client with a connection of its own."""
        return StepFunctions(self.process.url, _PATIENCE_SECONDS)


Work = Callable[[Stage], None]


def measure_fairness(bench: Bench) -> list[Row]:
    """Measure the waits of others under three workloads."""
    return [
        _measure(bench, "an execution loops with 250 KB", _loop, "Pass and Choice, stopped after 10 s"),
        _measure(bench, "a Map has 2,000 x 200 KB", _map, "ItemSelector copies a text into each iteration"),
        _measure(
            bench,
            "1,000 tasks x 250 KB start, and fall due, at once",
            _start_tasks,
            f"{CONNECTIONS} connections, Wait → Pass",
        ),
    ]


def _measure(bench: Bench, name: str, work: Work, how: str) -> Row:
    bench.say(f"Others wait while {name}")
    with _open_stage(bench) as stage:
        idle, busy = _observe(stage, _rest), _observe(stage, work)
    ratio = busy.longest / idle.longest
    against = f"idle {idle.longest:,.0f} ms: {ratio:,.1f} times"
    return Row(
        key="fairness",
        work=f"longest wait of others while {name}",
        target=f"{_TARGET_MS:,.0f} ms",
        reached=bench.judge(reached=busy.longest <= _TARGET_MS),
        ours=Figure(f"{busy.longest:,.0f} ms ({busy}; {against})", busy.longest),
        how=f"{how}; meanwhile one client describes, one starts tasks due in {_DELAY_SECONDS} s, each with "
        f"pauses of {_PAUSE_SECONDS * 1000:g} ms, and their function notes when it is called",
    )


@contextmanager
def _open_stage(bench: Bench) -> Iterator[Stage]:
    calls = _Calls()
    thread = threading.Thread(target=calls.serve_forever, daemon=True)
    thread.start()
    try:
        with bench.run(_call_functions_of(bench.ours, calls.server_port)) as (process, client):
            full = bench.sizes.full
            yield Stage(process, client, calls, seconds=10 if full else 1, scale=1 if full else 0.01)
    finally:
        calls.shutdown()
        calls.server_close()
        thread.join()


def _call_functions_of(endpoint: Endpoint, port: int) -> Endpoint:
    return replace(endpoint, command=[*endpoint.command, "--lambda-endpoint", f"http://127.0.0.1:{port}"])


def _create(client: StepFunctions, name: str, definition: dict[str, Any]) -> str:
    return client.create(name, json.dumps(definition))


def _observe(stage: Stage, work: Work) -> Others:
    """Let clients wait while a workload runs."""
    others, over = Others(), threading.Event()
    name = f"probe-{work.__name__}"
    arn = _create(stage.client, name, _PROBE)
    with ThreadPoolExecutor(2) as pool:
        running = [
            pool.submit(_describe, stage, arn, others, over),
            pool.submit(_start, stage, arn, others, over),
        ]
        try:
            work(stage)
            time.sleep(_DRAIN_SECONDS)
        finally:
            over.set()
        for each in running:
            each.result()
    return others


def _describe(stage: Stage, arn: str, others: Others, over: threading.Event) -> None:
    with stage.connect() as client:
        execution, _ = client.start(arn, "described", 3600)
        while not over.wait(_PAUSE_SECONDS):
            others.described.append(
                _time_ms(partial(client.call, "DescribeExecution", executionArn=execution))
            )


def _start(stage: Stage, arn: str, others: Others, over: threading.Event) -> None:
    dues: dict[str, float] = {}
    with stage.connect() as client:
        while not over.wait(_PAUSE_SECONDS):
            key = f"{arn.rpartition(':')[2]}-{len(dues)}"
            text = json.dumps({"expirydate": _DELAY_SECONDS, "key": key})
            begun = time.perf_counter()
            started = client.call("StartExecution", stateMachineArn=arn, name=key, input=text)
            others.started.append((time.perf_counter() - begun) * 1000)
            dues[key] = float(started["startDate"]) + _DELAY_SECONDS
    others.called.extend((_await_call(stage, key) - due) * 1000 for key, due in dues.items())


def _await_call(stage: Stage, key: str) -> float:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while key not in stage.calls.moments:
        if time.monotonic() > deadline:
            raise NoAnswer(f"the function of {key} was not called")
        time.sleep(_PAUSE_SECONDS)
    return stage.calls.moments[key]


def _time_ms(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _rest(stage: Stage) -> None:
    time.sleep(stage.seconds / 2)


def _loop(stage: Stage) -> None:
    execution = _start_one(stage, "loop", LOOP, {"text": "x" * _LOOP_BYTES})
    time.sleep(stage.seconds)
    with stage.connect() as client:
        client.call("StopExecution", executionArn=execution)


def _map(stage: Stage) -> None:
    items = list(range(max(1, round(2_000 * stage.scale))))
    execution = _start_one(stage, "map", MAP, {"items": items, "text": "x" * _MAP_BYTES})
    with stage.connect() as client:
        while client.call("DescribeExecution", executionArn=execution)["status"] == "RUNNING":
            time.sleep(0.2)


def _start_tasks(stage: Stage) -> None:
    arn = _create(stage.client, "tasks", TASK)
    due = time.time() + 5 * stage.seconds * stage.scale + 1
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(partial(_start_some, stage, arn, due), range(CONNECTIONS)))
    time.sleep(max(0.0, due + 0.5 - time.time()))
    while stage.client.is_any_running(arn):
        time.sleep(0.2)


def _start_some(stage: Stage, arn: str, due: float, first: int) -> None:
    text = "x" * _TASK_BYTES
    with stage.connect() as client:
        for number in range(first, round(1_000 * stage.scale), CONNECTIONS):
            seconds = max(0, round(due - time.time()))
            value = json.dumps({"expirydate": seconds, "text": text})
            client.call("StartExecution", stateMachineArn=arn, name=f"task-{number}", input=value)


def _start_one(stage: Stage, name: str, definition: dict[str, Any], value: dict[str, Any]) -> str:
    arn = _create(stage.client, name, definition)
    with stage.connect() as client:
        return str(
            client.call("StartExecution", stateMachineArn=arn, input=json.dumps(value))["executionArn"]
        )
