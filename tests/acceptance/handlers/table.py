"""Functions that use a table and a queue, as those of tasks in a table do."""

import json
import os
import time
from typing import Any

import boto3


def note(kind: str, name: str, **members: object) -> None:
    """Write down that something happened."""
    item = {"pk": {"S": kind}, "sk": {"S": name}} | {key: {"S": str(value)} for key, value in members.items()}
    boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)


def tick(event: dict[str, Any], _context: object) -> None:
    """Send a message that is done, one that is not, and one that is early."""
    note("tick", event["time"], now=time.time(), queue=os.environ["QUEUE"])
    sent = event["time"]
    entries: list[Any] = [
        {"Id": "done", "MessageBody": json.dumps({"done": sent})},
        {"Id": "failed", "MessageBody": json.dumps({"failed": sent})},
        {"Id": "late", "MessageBody": json.dumps({"late": sent}), "DelaySeconds": 900},
    ]
    boto3.client("sqs").send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries)


def take(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write down each message, and report those that are to fail."""
    failed = []
    for record in event["Records"]:
        ((kind, sent),) = json.loads(record["body"]).items()
        received = record["attributes"]["ApproximateReceiveCount"]
        note(kind, f"{sent} {received}", record=json.dumps(record))
        failed += [{"itemIdentifier": record["messageId"]}] if kind == "failed" else []
    return {"batchItemFailures": failed}
