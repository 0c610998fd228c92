"""Measures how fast the client, the drain and a worker are, against an endpoint that answers at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from bench.bench import Bench
from bench.endpoint import Endpoint, run_endpoint
from bench.errors import NoAnswer
from bench.figure import Figure, Row
from bench.task_table.instant import PAGE_ROWS
from bench.task_table.load import Result
from delay.planning.facts import Facts
from delay.planning.services.table_store.spike import Spike
from task_table.connection import THREADS
from task_table.hashing import SHARDS

_TARGET_PER_SECOND: Final = 3_000
_TARGET_GROWTH: Final = 1.2
_LOAD_SECONDS: Final = 3_600
_SPIKE: Final = 100_000
_CALL_SECONDS: Final = 0.1
_LOOK_AHEAD: Final = "within the ten minutes that it looks ahead"


def measure_rates(bench: Bench) -> list[Row]:
    """Measure schedule_many, the drain and the claims, each beside boto3 alone in the same run."""
    with _run_instant(bench) as url:
        scheduled = _schedule_row(bench, url)
        drained = _drain_row(bench, url)
        claimed = _claim_row(bench, url)
    return [*scheduled, drained, claimed, _spike_row(drained, claimed)]


def _schedule_row(bench: Bench, url: str) -> list[Row]:
    count = bench.sizes.scheduled
    ours = _load(bench, "schedule", count, url)
    rate = _describe(ours)
    growth = ours.late_mib / ours.early_mib
    return [
        Row(
            key="table",
            work="tasks scheduled into a table by schedule_many, a second",
            target=f"{_TARGET_PER_SECOND:,}",
            reached=bench.judge(reached=(rate.value or 0) >= _TARGET_PER_SECOND),
            ours=rate,
            peers={
                "boto3's batch_writer, one item without a condition for each task": _describe(
                    _load(bench, "write_batches", bench.sizes.written, url)
                ),
                "executions, on the local endpoint that writes to disk": _schedule_executions(bench),
            },
            better="more",
            how=f"one process, 16 threads, {count:,} tasks of 230 bytes; the endpoint has the other core",
        ),
        Row(
            key="table",
            work=f"memory after {count:,} tasks against {count // 10:,}",
            target=f"{_TARGET_GROWTH} times",
            reached=bench.judge(reached=growth <= _TARGET_GROWTH),
            ours=Figure(f"{growth:.2f} times ({ours.early_mib:.0f} → {ours.late_mib:.0f} MiB)", growth),
            how="peak resident memory of the same process",
        ),
    ]


def _drain_row(bench: Bench, url: str) -> Row:
    rows = PAGE_ROWS * bench.sizes.drained_pages * SHARDS
    return Row(
        key="table",
        work="due rows sent by the drain, a second",
        target="none",
        reached=None,
        ours=_describe(_load(bench, "drain", rows, url)),
        peers={"boto3's send_message_batch, one after the other": _load_peer(bench, "send_batches", url)},
        better="more",
        how=f"{rows:,} rows of one minute in pages of {PAGE_ROWS:,}, batches of ten, {THREADS} threads, on "
        "the functions' own connection",
    )


def _claim_row(bench: Bench, url: str) -> Row:
    return Row(
        key="table",
        work="tasks claimed, called and recorded by one worker, a second",
        target="none",
        reached=None,
        ours=_describe(_load(bench, "claim", bench.sizes.written // 10, url)),
        peers={"boto3's update_item, twice for each task": _load_peer(bench, "update_items", url, 10)},
        better="more",
        how="a function that returns at once; two conditional writes for each task, one after the other",
    )


def _spike_row(drained: Row, claimed: Row) -> Row:
    """Return what the plan computes under AWS's quotas, and the processor time that was measured here."""
    spike = Spike.of(_SPIKE, _CALL_SECONDS, Facts.load("us-east-1"))
    seconds = _SPIKE / (drained.ours.value or 1)
    claim_ms = 1_000 / (claimed.ours.value or 1)
    return Row(
        key="table",
        work=f"{_SPIKE:,} tasks due in one second: the last one late by, under AWS's quotas",
        target="none",
        reached=None,
        ours=Figure(
            f"{spike.late_seconds:.0f} s, because of {spike.slowest}: they take {spike.calls:.0f} s, "
            f"provisioned {spike.provisioned_calls:.0f} s, a new table's writes {spike.writes:.0f} s; the "
            f"drain sends them in {seconds:.0f} s, {_LOOK_AHEAD}",
            spike.late_seconds,
        ),
        how=f"the model of `delay plan`, calls of {_CALL_SECONDS} s; the drain's rate was measured here, "
        f"where a claim and its end took {claim_ms:.1f} ms",
    )


def _load_peer(bench: Bench, work: str, url: str, share: int = 1) -> Figure:
    return _describe(_load(bench, work, bench.sizes.written // share, url))


def _schedule_executions(bench: Bench) -> Figure:
    with bench.run(bench.ours) as (process, client):
        variables = {"STATE_MACHINE_ARN": client.create_state_machine()}
        count = bench.sizes.written // 10
        return _describe(_load(bench, "schedule_executions", count, process.url, variables))


def _load(
    bench: Bench, work: str, count: int, url: str, variables: Mapping[str, str] | None = None
) -> Result:
    bench.say(f"{work} of {count:,}")
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        **(variables or {}),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "bench.task_table.load", work, str(count)],
        check=False,
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        timeout=_LOAD_SECONDS,
    )
    if ended.returncode:
        raise NoAnswer(f"{work}: {ended.stderr.decode(errors='replace')[-500:]}")
    result: dict[str, Any] = json.loads(ended.stdout)
    return Result(**result)


def _describe(result: Result) -> Figure:
    per_second = result.done / result.seconds
    cpu_us = result.cpu_seconds / result.done * 1e6
    return Figure(f"{per_second:,.0f} ({cpu_us:,.0f} µs of processor time each)", per_second)


@contextmanager
def _run_instant(bench: Bench) -> Iterator[str]:
    endpoint = Endpoint(
        name="instant",
        version="",
        command=[
            sys.executable,
            str(Path(__file__).with_name("instant.py")),
            "{port}",
            str(bench.sizes.drained_pages),
        ],
        journaled="nothing",
        waiting=0,
        answers=_answers,
    )
    with run_endpoint(endpoint, bench.new_folder("instant")) as process:
        yield process.url


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1):  # noqa: S310 - http, see RunningEndpoint.url
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
