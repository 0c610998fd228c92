"""A batch of messages: the event that a function gets, and the failures that its answer names.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stepfunctions_local.event_sources.ports import Answer, Message

_MESSAGE_ATTRIBUTES: Final = {
    "StringValue": "stringValue",
    "BinaryValue": "binaryValue",
    "DataType": "dataType",
}


def build_event(messages: Sequence[Message], queue_arn: str) -> bytes:
    """Return the event of a batch, as JSON."""
    return json.dumps({"Records": [_build_record(message, queue_arn) for message in messages]}).encode()


def find_succeeded(messages: Sequence[Message], answer: Answer, *, reports_failures: bool) -> list[Message]:
    """Return the messages that a function is done with.

    A function that reports failures names those that come again. If what it reports cannot be understood,
    all come again, as on AWS.
    """
    if answer.failed:
        return []
    failed = _read_failures(answer.payload, messages) if reports_failures else set[str]()
    return [message for message in messages if message["MessageId"] not in failed]


def _build_record(message: Message, queue_arn: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": _convert(message.get("MessageAttributes", {})),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    digest = message.get("MD5OfMessageAttributes")
    return {**record, "md5OfMessageAttributes": digest} if digest else record


def _convert(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "stringListValues": [],
            "binaryListValues": [],
            **{_MESSAGE_ATTRIBUTES[key]: part for key, part in value.items() if key in _MESSAGE_ATTRIBUTES},
        }
        for name, value in attributes.items()
    }


def _read_failures(payload: bytes, messages: Sequence[Message]) -> set[str]:
    """Return the ids of the failed messages."""
    every = {str(message["MessageId"]) for message in messages}
    try:
        reported = json.loads(payload or b"null")
        failures = (reported or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
    except (AttributeError, KeyError, TypeError, ValueError):
        return every
    return failed if every.issuperset(failed) else every
