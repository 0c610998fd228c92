"""Measures the duration of a warm Lambda call through the Lambda endpoint."""

import json
import sys
import time
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import quantiles

from bench.bench import Bench
from bench.endpoint import Endpoint
from bench.errors import NoAnswer
from bench.figure import Figure, Row

_TARGET_MS = 2.0
_WARMING_CALLS = 50
_RECORDED = "8.4 ms (recorded beforehand: it needs Docker)"
_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
_TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Echo": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "Echo", "Handler": "app.handler", "Runtime": _RUNTIME, "Timeout": 3},
        }
    },
}
_PATH = "/2015-03-31/functions/Echo/invocations"


def measure_warm_call(bench: Bench) -> list[Row]:
    """Measure consecutive calls of a function that returns its event, on one connection."""
    p50, p99 = _measure_percentiles(bench)
    return [
        Row(
            key="warm-call",
            work="warm Lambda call through the endpoint",
            target=f"{_TARGET_MS:g} ms",
            reached=bench.judge(reached=p50 <= _TARGET_MS),
            ours=Figure(f"{p50:.2f} ms (p99 {p99:.2f} ms)", p50),
            peers={"sam local start-lambda 1.170": Figure(_RECORDED, 8.4)} if bench.peers else {},
            how=f"lambda-local; {_count_calls(bench)} calls on one kept connection; nothing to journal",
        )
    ]


def _measure_percentiles(bench: Bench) -> tuple[float, float]:
    bench.say("Calling a warm Lambda function")
    project = bench.new_folder("project")
    _write_build(project)
    with bench.run(_make_lambda_local(bench.ours, project)) as (process, _):
        connection = HTTPConnection("127.0.0.1", process.port, timeout=30)
        for _ in range(_WARMING_CALLS):
            _time_call_ms(connection)
        milliseconds = [_time_call_ms(connection) for _ in range(_count_calls(bench))]
        connection.close()
    percentiles = quantiles(milliseconds, n=100, method="inclusive")
    return percentiles[49], percentiles[98]


def _count_calls(bench: Bench) -> int:
    return 3_000 if bench.sizes.full else 100


def _make_lambda_local(ours: Endpoint, project: Path) -> Endpoint:
    command = str(Path(sys.executable).with_name("lambda-local"))
    return replace(
        ours,
        name="lambda-local",
        command=[command, "--port", "{port}", "--project", str(project)],
        answers=_is_up,
    )


def _is_up(url: str) -> bool:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        return _time_call_ms(connection) > 0
    except NoAnswer:
        return False
    finally:
        connection.close()


def _write_build(project: Path) -> None:
    """Write the output of a `sam build`."""
    built = project / ".aws-sam" / "build"
    (built / "Echo").mkdir(parents=True)
    (built / "template.yaml").write_text(json.dumps(_TEMPLATE), encoding="utf-8")
    (built / "Echo" / "app.py").write_text(
        "def handler(event, context):\n    return event\n", encoding="utf-8"
    )


def _time_call_ms(connection: HTTPConnection) -> float:
    begun = time.perf_counter()
    try:
        connection.request("POST", _PATH, b'{"a": 1233333}')
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException) as error:
        raise NoAnswer(f"Invoke: {error}") from error
    if json.loads(body) != {"a": 1233333}:
        raise NoAnswer(f"Invoke: {response.status} {body[:200].decode(errors='replace')}")
    return (time.perf_counter() - begun) * 1000
