"""A task's way from its rows to its end, by the functions of the stack, in moto's DynamoDB and SQS."""

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from awslambdaric.lambda_context import LambdaContext
from moto import mock_aws

from delayed_task.batch import Caller
from task_table.connection import Connection, connect
from task_table.hashing import SHARDS, find_shard
from task_table.key_row import RowStatus
from task_table.slot import Slot
from task_table.ticks import Ticks
from tests.contract.task_table.creation import REGION, create_table
from tests.contract.task_table.rows import build_row, build_slot_row
from tests.partiql import partiql_inserts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sqs import SQSClient

    from delayed_task.task import DueTask


class Stack:
    """The functions of a stack with `TaskStore=both`, which the test calls in the place of AWS."""

    def __init__(self, environment: "Mapping[str, str]") -> None:
        self.sqs: SQSClient = boto3.client("sqs", region_name=REGION)
        self.connection: Connection = connect(environment)
        self._caller = Caller(self.connection, environment["TASK_TABLE"], work, time.time)
        self._queue = environment["TASK_QUEUE_URL"]
        self._letters = environment["TASK_DEAD_LETTER_QUEUE_URL"]
        self.ticks = Ticks(
            self.connection, clock=time.time, map_all=map, write=lambda _line: None, service="tasks"
        )

    def schedule(self, key: str, payload: object) -> None:
        """Write the rows of a task that is due."""
        due = int(time.time()) - 1
        slot = Slot(due // 60, find_shard(key, SHARDS))
        row = build_slot_row(key=key, due=due, slot=slot, payload=json.dumps(payload))
        self.connection.table.put_slot(row)
        self.connection.table.insert([build_row(key=key, due=due, slot=slot.pk)])

    def call(self) -> None:
        """Do what Lambda does with the messages of the queue."""
        received = self.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        messages = received.get("Messages", [])
        records = [
            {"messageId": each["MessageId"], "receiptHandle": each["ReceiptHandle"], "body": each["Body"]}
            for each in messages
        ]
        answer = self._caller.run({"Records": records}, build_context())
        kept = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        for each in messages:
            if each["MessageId"] not in kept:
                self.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=each["ReceiptHandle"])

    def read_letters(self) -> list[dict[str, Any]]:
        """Return the letters in the dead-letter queue."""
        received = self.sqs.receive_message(QueueUrl=self._letters, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]

    def read_status(self, key: str) -> RowStatus | None:
        """Return how a task stands."""
        row = self.connection.table.get(key)
        return row.status if row else None


def work(event: "Mapping[str, Any]", task: "DueTask | None") -> object:
    """Fail as the payload asks, else return how large it is."""
    assert task
    if event.get("fails"):
        raise ValueError("no such order")
    return len(event["order"])


def build_context() -> LambdaContext:
    """Return the context of a call that Lambda ends in a minute."""
    end_ms = int(time.time() * 1000) + 60_000
    return LambdaContext("5b3d7e1c", None, None, end_ms, "arn:aws:lambda:us-east-1:1:function:f")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Stack]":
    """Return a stack whose tasks are called once."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(), partiql_inserts():
        sqs = boto3.client("sqs", region_name=REGION)
        yield Stack(
            {
                "TASK_TABLE": create_table(boto3.client("dynamodb", region_name=REGION)),
                "TASK_QUEUE_URL": sqs.create_queue(QueueName="tasks")["QueueUrl"],
                "TASK_DEAD_LETTER_QUEUE_URL": sqs.create_queue(QueueName="letters")["QueueUrl"],
                "TASK_KEEP_SECONDS": "3600",
                "TASK_ATTEMPTS": "1",
                "TASK_LEASE_SECONDS": "75",
                "TASK_RECORDS_END": "true",
            }
        )


def test_tasks_are_drained_called_and_ended(stack: Stack) -> None:
    """A small payload is in the message, a large one in its row; a failed task has a letter."""
    stack.schedule("small", {"order": "42"})
    stack.schedule("large", {"order": "x" * 100_000})
    stack.schedule("fails", {"fails": True})
    assert stack.ticks.drain(build_context())["Sent"] == 3
    stack.call()
    statuses = [stack.read_status(key) for key in ("small", "large", "fails")]
    assert statuses == [RowStatus.SUCCEEDED, RowStatus.SUCCEEDED, RowStatus.FAILED]
    (letter,) = stack.read_letters()
    assert (letter["key"], letter["cause"]) == ("fails", "no such order")
    large = stack.connection.table.get("large")
    assert large
    assert large.result == "100000"
