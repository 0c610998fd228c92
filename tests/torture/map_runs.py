"""A Map Run over a dataset in S3 goes on while the endpoint is killed repeatedly.

Each item must have exactly one child, and its result must stand in its place. Meanwhile small executions
start, and the longest answer to them is measured.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import boto3

from tests.moto_server import moto_server
from tests.torture.endpoint import Endpoint, Refused, call, find_free_port
from tests.torture.machines import ROLE

PATIENCE_SECONDS = 240.0
BUCKET = "items"

_PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Do"},
        "Do": {"Type": "Pass", "Parameters": {"done.$": "$.n"}, "End": True},
    },
}
_MAP = {
    "Type": "Map",
    "Label": "run",
    "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": BUCKET, "Key": "items.jsonl"},
    },
    "ItemProcessor": _PROCESSOR,
    "ResultWriter": {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": BUCKET, "Prefix": "results"},
        "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"},
    },
    "End": True,
}
_SMALL = {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "End": True}}}


@dataclass(frozen=True)
class MapRunOutcome:
    """The outcome of a killed run.

    `results`: the outputs of the children, in their order.
    `children`: how many there are. `kills`: how often the endpoint was killed.
    `longest_seconds`: the longest answer to the start of a small execution, while the endpoint ran.
    `peak_kib`: the most memory that any of the endpoint's processes had.
    """

    results: list[Any]
    children: int
    kills: int
    longest_seconds: float
    peak_kib: int


async def torture(folder: Path, items: int, kills: int, seed: int) -> MapRunOutcome:
    """Run a Map over a number of items, kill the endpoint so often, and return what came of it."""
    random, peak = Random(seed), 0
    with moto_server() as storage:
        s3 = _fill(storage, items)
        variables = {"AWS_ENDPOINT_URL_S3": storage}
        endpoint = Endpoint(folder, find_free_port(), "http://127.0.0.1:9", variables=variables)
        await endpoint.start()
        try:
            async with aiohttp.ClientSession() as session, _starting_others(session, endpoint) as latencies:
                arn = await _start(session, endpoint)
                for _ in range(kills):
                    await asyncio.sleep(random.uniform(0.3, 1.5))
                    peak = max(peak, _read_peak(endpoint))
                    await endpoint.kill()
                    await endpoint.start()
                ended = await _wait_for_end(session, endpoint, arn)
                (run,) = (await call(session, endpoint.url, "ListMapRuns", executionArn=arn))["mapRuns"]
                described = await call(session, endpoint.url, "DescribeMapRun", mapRunArn=run["mapRunArn"])
            peak = max(peak, _read_peak(endpoint))
        finally:
            await endpoint.kill()
        key = json.loads(ended["output"])["ResultWriterDetails"]["Key"]
        written = s3.get_object(Bucket=BUCKET, Key=key.replace("manifest.json", "SUCCEEDED_0.json"))
        results = json.loads(written["Body"].read())
    return MapRunOutcome(
        [result["done"] for result in results],
        described["executionCounts"]["total"],
        kills,
        max(latencies, default=0.0),
        peak,
    )


def _fill(storage: str, items: int) -> Any:
    s3 = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    s3.create_bucket(Bucket=BUCKET)
    lines = "".join(f'{{"n":{number},"text":"{"x" * 200}"}}\n' for number in range(items))
    s3.put_object(Bucket=BUCKET, Key="items.jsonl", Body=lines.encode())
    return s3


async def _start(session: aiohttp.ClientSession, endpoint: Endpoint) -> str:
    """Start the execution with the run, and return its ARN."""
    definition = json.dumps({"StartAt": "Map", "States": {"Map": _MAP}})
    url = endpoint.url
    machine = await call(session, url, "CreateStateMachine", name="map", definition=definition, roleArn=ROLE)
    started = await call(session, url, "StartExecution", stateMachineArn=machine["stateMachineArn"])
    return str(started["executionArn"])


@asynccontextmanager
async def _starting_others(session: aiohttp.ClientSession, endpoint: Endpoint) -> AsyncIterator[list[float]]:
    """Start small executions of another state machine, and collect how long each answer took, in seconds."""
    definition = json.dumps(_SMALL)
    machine = await call(
        session, endpoint.url, "CreateStateMachine", name="small", definition=definition, roleArn=ROLE
    )
    latencies: list[float] = []

    async def start() -> None:
        while True:
            began = time.monotonic()
            with suppress(aiohttp.ClientError, Refused):
                await call(
                    session, endpoint.url, "StartExecution", stateMachineArn=machine["stateMachineArn"]
                )
                latencies.append(time.monotonic() - began)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(start())
    try:
        yield latencies
    finally:
        task.cancel()


async def _wait_for_end(session: aiohttp.ClientSession, endpoint: Endpoint, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        described = await call(session, endpoint.url, "DescribeExecution", executionArn=arn)
        if described["status"] != "RUNNING":
            return described
        await asyncio.sleep(0.1)
    raise AssertionError(f"still running after {PATIENCE_SECONDS} s: {arn}")


def _read_peak(endpoint: Endpoint) -> int:
    assert endpoint.process
    status = Path(f"/proc/{endpoint.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
