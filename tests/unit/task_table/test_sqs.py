"""The queue in SQS: its requests, and entries that were not accepted."""

from typing import Any

import pytest

from task_table.message import MAX_INLINE_BYTES, Message
from task_table.sqs import MAX_BATCH_BYTES, MessageRefused, SqsQueue, SqsReceipts
from tests.contract.task_table.rows import NOW, build_slot_row
from tests.unit.task_table.answers import ScriptedClient

MESSAGES = [Message.of_row(build_slot_row(key=f"order-{index}", due=NOW + index)) for index in range(10)]


def send(client: Any, messages: list[Message] = MESSAGES) -> list[Message]:
    return list(SqsQueue(client, "https://sqs/tasks").send(messages, NOW))


def fail(*numbers: int, sender: bool = False) -> dict[str, Any]:
    return {"Failed": [{"Id": str(number), "SenderFault": sender, "Code": "Busy"} for number in numbers]}


def test_batch_has_an_entry_for_each_message() -> None:
    """Each is delayed until its own due time."""
    client = ScriptedClient({})
    assert send(client) == []
    (request,) = client.requests
    assert [entry["DelaySeconds"] for entry in request["Entries"]] == list(range(10))
    assert [Message.parse(entry["MessageBody"]) for entry in request["Entries"]] == MESSAGES


def test_messages_that_were_not_accepted_are_returned() -> None:
    """The caller sends them again."""
    assert send(ScriptedClient(fail(2, 7))) == [MESSAGES[2], MESSAGES[7]]


def test_fault_of_the_sender_is_raised() -> None:
    """Such a message is never accepted."""
    with pytest.raises(MessageRefused, match="Busy"):
        send(ScriptedClient(fail(2, sender=True)))


def test_batch_that_is_too_large_is_split() -> None:
    """Its bodies may have a mebibyte together, whatever their number."""
    large = [Message.of_row(build_slot_row(key="k" * 300_000 + str(index))) for index in range(10)]
    client = ScriptedClient(fail(1), {}, {}, fail(9))
    assert send(client, large) == [large[1], large[9]]
    bodies = [[entry["MessageBody"] for entry in request["Entries"]] for request in client.requests]
    assert [len(batch) for batch in bodies] == [3, 3, 3, 1]
    assert all(sum(map(len, batch)) <= MAX_BATCH_BYTES for batch in bodies)


def test_ten_of_the_largest_messages_are_one_request() -> None:
    """With a key of 960 bytes, and a payload in which each character is escaped."""
    row = build_slot_row(key="\\" * 960, payload='"' * MAX_INLINE_BYTES)
    client = ScriptedClient({})
    assert send(client, [Message.of_row(row)] * 10) == []
    assert len(client.requests) == 1


@pytest.mark.parametrize(("asked", "seconds"), [(0, 0), (60, 60), (43_200, 42_300)])
def test_message_is_given_back_for_less_than_twelve_hours(asked: int, seconds: int) -> None:
    """SQS counts them from the receive, and refuses more."""
    client: Any = ScriptedClient({})
    SqsReceipts(client, "https://sqs/tasks").give_back("receipt", asked)
    assert client.requests == [
        {"QueueUrl": "https://sqs/tasks", "ReceiptHandle": "receipt", "VisibilityTimeout": seconds}
    ]
