"""A process that works as fast as it can against an endpoint, and prints its rate, time and memory as JSON.

`python -m bench.task_table.load WORK COUNT`; the endpoint's URL is in AWS_ENDPOINT_URL.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import boto3

from bench.task_table.instant import MINUTE, TOKEN
from delay import CallRate, Delay, Request
from task_table.call import Worker
from task_table.connection import THREADS, Connection, connect
from task_table.drain import Drain
from task_table.horizon import LOOK_AHEAD_SECONDS
from task_table.message import Message
from task_table.sending import Sender
from task_table.slot import SECONDS, Slot

_TABLE: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/bench"
_KIB: Final = 1_024

Work = Callable[[int], Iterator[int]]
"""Works on a number of items, and yields numbers of finished ones."""


@dataclass(frozen=True, slots=True)
class Result:
    """The work of a process. `early_mib` is its memory after a tenth, `late_mib` at the end."""

    done: int
    seconds: float
    cpu_seconds: float
    early_mib: float
    late_mib: float


def measure(work: Work, count: int) -> Result:
    """Run a work and return its result."""
    begun, cpu = time.perf_counter(), time.process_time()
    done, early = 0, 0.0
    for number in work(count):
        done += number
        if not early and done >= count / 10:
            early = _read_peak_mib()
    return Result(done, time.perf_counter() - begun, time.process_time() - cpu, early, _read_peak_mib())


def schedule(count: int) -> Iterator[int]:
    """Schedule tasks into a table."""
    return _schedule(Delay(_TABLE), count)


def schedule_executions(count: int) -> Iterator[int]:
    """Schedule tasks into executions, as fast as the endpoint takes them."""
    return _schedule(
        Delay(os.environ["STATE_MACHINE_ARN"]), count, rate=CallRate(burst=count, per_second=count)
    )


def write_batches(count: int) -> Iterator[int]:
    """Put one item for each task by boto3's batch_writer, which has no conditions."""
    with boto3.resource("dynamodb").Table("bench").batch_writer() as batch:
        for number in range(count):
            batch.put_item(
                Item={"pk": "key#1", "sk": f"order-{number}", "due": 1, "payload": _make_text(number)}
            )
            yield 1


def drain(count: int) -> Iterator[int]:
    """Send the messages of a slot."""
    del count  # the endpoint has a number of its own
    connection = _connect()
    with ThreadPoolExecutor(THREADS) as pool:
        sender = Sender(connection.queue, _read_early_clock, pool.map)
        settings = connection.settings
        yield Drain(connection.table, sender, _read_early_clock, settings, lambda: True).tick().sent


def send_batches(count: int) -> Iterator[int]:
    """Send batches of ten by boto3's client as it comes."""
    sqs, body = boto3.client("sqs"), json.dumps({"text": _make_text(0)})
    for _ in range(count // 10):
        entries: Any = [{"Id": str(number), "MessageBody": body} for number in range(10)]
        sqs.send_message_batch(QueueUrl=_queue_url(), Entries=entries)
        yield 10


def claim(count: int) -> Iterator[int]:
    """Claim tasks, call a function that returns at once, and record their ends."""
    connection = _connect()
    worker = Worker(
        connection.table,
        Sender(connection.queue, time.time),
        connection.letters,
        clock=time.time,
        settings=connection.settings,
        handle=lambda _event, _row: None,
    )
    for number in range(count):
        worker.process(_make_message(number).format())
        yield 1


def update_items(count: int) -> Iterator[int]:
    """Update an item twice for each task by boto3's client as it comes."""
    client = boto3.client("dynamodb")
    for number in range(count):
        for status in ("RUNNING", "SUCCEEDED"):
            client.update_item(
                TableName="bench",
                Key={"pk": {"S": "key#1"}, "sk": {"S": f"order-{number}"}},
                UpdateExpression="SET #s = :s",
                ConditionExpression="#s <> :s",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":s": {"S": status}},
                ReturnValues="ALL_NEW",
            )
        yield 1


WORKS: Final[dict[str, Work]] = {
    each.__name__: each
    for each in (schedule, schedule_executions, write_batches, drain, send_batches, claim, update_items)
}


def _schedule(delay: Delay, count: int, **options: Any) -> Iterator[int]:  # noqa: ANN401 - as schedule_many takes them
    requests = (
        Request({"order": number, "text": _make_text(number)}, timedelta(days=7), key=f"order-{number}")
        for number in range(count)
    )
    for result in delay.schedule_many(requests, **options):
        if result.error:
            raise result.error
        yield 1


def _make_text(number: int) -> str:
    return f"{number:0200}"


def _make_message(number: int) -> Message:
    return Message(
        key=f"order-{number}",
        token=TOKEN,
        due=1,
        delay=1,
        made=TOKEN,
        slot=Slot(1, 1).pk,
        payload='{"order":1}',
    )


def _connect() -> Connection:
    """Return the connection of the template's functions."""
    return connect(
        {
            "TASK_TABLE": "bench",
            "TASK_QUEUE_URL": _queue_url(),
            "TASK_DEAD_LETTER_QUEUE_URL": _queue_url(),
            "TASK_KEEP_SECONDS": "604800",
            "TASK_ATTEMPTS": "4",
            "TASK_LEASE_SECONDS": "75",
            "TASK_RECORDS_END": "true",
        }
    )


def _queue_url() -> str:
    return os.environ["AWS_ENDPOINT_URL"] + "/1/queue"


def _read_early_clock() -> float:
    """Return the time at which the endpoint's slot is the last one to drain."""
    return MINUTE * SECONDS - LOOK_AHEAD_SECONDS


def _read_peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(WORKS[sys.argv[1]], int(sys.argv[2])))))
