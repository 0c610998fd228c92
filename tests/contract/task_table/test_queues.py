"""The queue of due tasks and the dead-letter queue, in the SQS of moto."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from task_table.message import Message
from task_table.sqs import SqsLetters, SqsQueue, SqsReceipts
from tests.contract.task_table.rows import NOW, build_slot_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient


@pytest.fixture(scope="module")
def sqs() -> "Iterator[SQSClient]":
    """Return a client of moto's SQS."""
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


@pytest.fixture
def url(sqs: "SQSClient", request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty queue."""
    return sqs.create_queue(QueueName=request.node.name)["QueueUrl"]


def receive(sqs: "SQSClient", url: str) -> list[str]:
    """Return the bodies of up to ten messages."""
    received: Any = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", [])]


def test_due_messages_are_received_as_they_were_sent(sqs: "SQSClient", url: str) -> None:
    """Any text can be a key or in a payload, even what SQS refuses in a body."""
    rows = [build_slot_row(key=f"ключ-{index}\uffff", payload='{"a":"\ufffe😀"}') for index in range(10)]
    messages = [Message.of_row(row) for row in rows]
    assert SqsQueue(sqs, url).send(messages, NOW) == []
    received = [Message.parse(body) for body in receive(sqs, url)]
    assert sorted(received, key=lambda each: each.key) == messages


def test_message_is_hidden_until_it_is_due(sqs: "SQSClient", url: str) -> None:
    """SQS counts it as delayed, and does not deliver it."""
    messages = [Message.of_row(build_slot_row(due=NOW + 600)), Message.of_row(build_slot_row())]
    SqsQueue(sqs, url).send(messages, NOW)
    assert [Message.parse(body) for body in receive(sqs, url)] == messages[1:]
    names: Any = ["ApproximateNumberOfMessagesDelayed"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"


def test_letter_is_received_as_it_was_sent(sqs: "SQSClient", url: str) -> None:
    """It is JSON text."""
    SqsLetters(sqs, url).send('{"key":"ключ"}')
    assert receive(sqs, url) == ['{"key":"ключ"}']


def test_received_message_is_given_back(sqs: "SQSClient", url: str) -> None:
    """It comes again after the seconds that were asked for: here at once."""
    SqsLetters(sqs, url).send("{}")
    received: Any = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)
    assert receive(sqs, url) == []
    SqsReceipts(sqs, url).give_back(received["Messages"][0]["ReceiptHandle"], 0)
    assert receive(sqs, url) == ["{}"]
