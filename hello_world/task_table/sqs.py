"""The queue of due tasks and the dead-letter queue on AWS, by boto3's low-level client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from task_table.errors import TaskTableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient

    from task_table.message import Message

MAX_BATCH_BYTES: Final = 1_048_576
"""The bodies of a request, together. Source: "Amazon SQS message quotas"."""

_LONGEST_CALL_SECONDS: Final = 900
"""The longest timeout of a function. Source: "Lambda quotas"."""

_LONGEST_RETURN_SECONDS: Final = 43_200 - _LONGEST_CALL_SECONDS
"""SQS hides a message for at most twelve hours from its receive, and the call has taken some of them.

Source: ChangeMessageVisibility in the API Reference.
"""

_REFUSED_CHARACTERS: Final = {"\ufffe": "\\ufffe", "\uffff": "\\uffff"}
"""The characters that SQS refuses in a body, each with its escape in JSON.

Source: SendMessage in the API Reference.
"""


class MessageRefused(TaskTableError):
    """SQS will never accept a message, or none from this sender."""


class SqsQueue:
    """The queue of due tasks."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def purge(self) -> None:
        """Delete all messages. SQS does it once in 60 seconds. Source: PurgeQueue in the API Reference."""
        self._client.purge_queue(QueueUrl=self._url)

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Send up to ten messages, each hidden until it is due. Return those that were not accepted.

        Raises:
            MessageRefused: SQS will never accept one of them.

        """
        entries = [_build_entry(number, message, now) for number, message in enumerate(messages)]
        return [messages[number] for batch in _split(entries) for number in self._send(batch)]

    def _send(self, entries: Sequence[Any]) -> list[int]:
        """Return the numbers of the entries that failed."""
        failed = self._client.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed", [])
        for each in failed:
            if each["SenderFault"]:
                raise MessageRefused(f"SQS refused a message: {each['Code']}: {each.get('Message')}")
        return [int(each["Id"]) for each in failed]


class SqsLetters:
    """The dead-letter queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str) -> None:
        """Send a letter, which is JSON text."""
        self._client.send_message(QueueUrl=self._url, MessageBody=_escape(body))


class SqsReceipts:
    """The received messages of the queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def give_back(self, receipt: str, after_seconds: int) -> None:
        """Give a message back, which then comes again after these seconds, at most some twelve hours."""
        self._client.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=receipt,
            VisibilityTimeout=min(after_seconds, _LONGEST_RETURN_SECONDS),
        )


def _build_entry(number: int, message: Message, now: float) -> dict[str, Any]:
    return {
        "Id": str(number),
        "MessageBody": _escape(message.format()),
        "DelaySeconds": message.compute_delay_seconds(now),
    }


def _escape(text: str) -> str:
    for character, escaped in _REFUSED_CHARACTERS.items():
        text = text.replace(character, escaped)
    return text


def _split(entries: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the entries in requests that are not too large."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for entry in entries:
        length = len(entry["MessageBody"].encode())
        if batch and size + length > MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
