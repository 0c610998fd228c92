"""Runs `delay` on a table in moto's server, whose drain and worker run when a test asks for it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from task_table.call import DueRow, Return, Worker
from task_table.drain import Drain
from task_table.dynamodb import DynamoDbTable
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.sqs import SqsLetters, SqsQueue
from tests.acceptance.command import REPOSITORY, Ended, run
from tests.moto_server import moto_server
from tests.partiql import partiql_inserts

_KEYS: Any = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "BillingMode": "PAY_PER_REQUEST",
}
NAME = "app-TaskTable-1"


@dataclass(frozen=True, slots=True)
class TableShell:
    """Runs `delay` against a table."""

    url: str
    dynamodb: Any
    sqs: Any
    settings: Settings
    letters_url: str

    def delay(self, *arguments: str, typed: str = "") -> Ended:
        """Run a command to its end."""
        options = ("--local", "--store", "table", "--endpoint-url", self.url)
        return run("delay", *arguments, *options, folder=REPOSITORY, typed=typed)

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json, and return the objects that it prints, one a line."""
        ended = self.delay(*arguments, "--json")
        assert (ended.code, ended.err) == (0, ""), ended.err
        return [json.loads(line) for line in ended.out.splitlines()]

    def drain(self) -> None:
        """Send the messages of tasks that are due soon. The first time makes the cursor."""
        Drain(self.table, self.sender, time.time, self.settings, lambda: True).tick()

    def work(self) -> None:
        """Call the function of each message that is there, until none is left."""
        letters = SqsLetters(self.sqs, self.letters_url)
        worker = Worker(
            self.table, self.sender, letters, clock=time.time, settings=self.settings, handle=_handle
        )
        url = self.settings.queue_url
        while found := self.sqs.receive_message(QueueUrl=url).get("Messages"):
            for message in found:
                if not isinstance(worker.process(message["Body"]), Return):
                    self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    @property
    def table(self) -> DynamoDbTable:
        """The table."""
        return DynamoDbTable(self.dynamodb, NAME)

    @property
    def sender(self) -> Sender:
        """The sender of the drain and the worker."""
        return Sender(SqsQueue(self.sqs, self.settings.queue_url), time.time)


@contextmanager
def serve_table() -> Iterator[TableShell]:
    """Serve a table and its queues while the context lasts."""
    with partiql_inserts(), moto_server() as url:
        dynamodb, sqs = (_connect(name, url) for name in ("dynamodb", "sqs"))
        dynamodb.create_table(TableName=NAME, **_KEYS)
        queue, letters = (
            sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("TaskQueue", "TableDeadLetterQueue")
        )
        settings = Settings(
            queue_url=queue, keep_seconds=604_800, attempts=1, lease_seconds=75, records_end=True
        )
        shell = TableShell(url, dynamodb, sqs, settings, letters)
        try:
            yield shell
        finally:  # moto keeps them for the next server of this process
            dynamodb.delete_table(TableName=NAME)
            for each in (queue, letters):
                sqs.delete_queue(QueueUrl=each)
            dynamodb.close()
            sqs.close()


def _connect(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def _handle(event: Mapping[str, Any], _row: DueRow) -> object:
    if "fail" in event:
        raise ValueError(event["fail"])
    return event
