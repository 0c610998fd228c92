"""The dead-letter queue in SQS: the fake behaves like a server that speaks SQS's protocol."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest

from delay import Delay, NoSuchQueue, Outcome
from delay.aws.connection import SqsClient
from delay.testing import FakeSqs, FakeStepFunctions

KEYS = {f"order-{number}" for number in range(12)}


@dataclass(frozen=True)
class Queue:
    """An empty queue."""

    sqs: SqsClient
    url: str
    put: Callable[[str], object]


@pytest.fixture
def shop() -> FakeStepFunctions:
    return FakeStepFunctions(_raise_closed)


@pytest.fixture(params=["memory", "server"])
def queue(request: pytest.FixtureRequest, shop: FakeStepFunctions) -> Iterator[Queue]:
    if request.param == "memory":
        fake = FakeSqs(shop.clock)
        yield Queue(fake, fake.queue_url, fake.put)
        return
    sqs: Any = boto3.client(
        "sqs",
        endpoint_url=request.getfixturevalue("aws_url"),
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    yield Queue(sqs, url, lambda body: sqs.send_message(QueueUrl=url, MessageBody=body))
    sqs.delete_queue(QueueUrl=url)
    sqs.close()


@pytest.fixture
def delay(shop: FakeStepFunctions, queue: Queue) -> Delay:
    """A client with twelve failed tasks, whose failures are in the queue."""
    delay = Delay(shop.state_machine_arn, shop, clock=shop.clock, dead_letter_queue_url=queue.url)
    for key in KEYS:
        task = delay.schedule({}, after=timedelta(0), key=key)
        queue.put(json.dumps({"executionArn": task.arn}))
    return delay


def test_messages_can_be_received_right_after_a_look(delay: Delay, queue: Queue) -> None:
    """The look returns every message, and removes none."""
    letters = delay.dead_letters(sqs=queue.sqs)
    assert {letter.key for letter in letters.look()} == KEYS
    assert letters.count() == 12


def test_redriven_messages_are_deleted(delay: Delay, queue: Queue) -> None:
    """No other message is."""
    letters = delay.dead_letters(sqs=queue.sqs)
    queue.put("hello")
    outcomes = [redrive.outcome for redrive in letters.redrive()]
    assert sorted(outcomes) == [Outcome.LEFT] + [Outcome.REDRIVEN] * 12
    assert letters.count() == 1


def test_missing_queue_is_reported(delay: Delay, queue: Queue) -> None:
    """The fake and the server raise the same error."""
    with pytest.raises(NoSuchQueue, match="There is no queue"):
        delay.dead_letters(f"{queue.url}-none", queue.sqs).count()


def _raise_closed(_event: Any, _context: Any) -> str:
    raise ValueError("the shop is closed")
