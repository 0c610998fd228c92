"""The calls to SQS: receive messages, delete them, or give them back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from delay.aws.connection import SqsClient
from delay.aws.error import AWS_ERRORS, error_code, translate_error
from delay.aws.foreign_endpoint import find_foreign_endpoint
from delay.dead_letters.letter import DeadLetter
from delay.errors import DelayError, NoSuchQueue

BATCH_SIZE: Final = 10
"""The most messages in one call. Source: ReceiveMessage in the Amazon SQS API Reference."""

VISIBILITY_TIMEOUT_SECONDS: Final = 300
"""How long a received message is hidden from other receivers, also if this process is killed."""

_WAIT_SECONDS: Final = 2
"""With a wait time, a call queries all servers of a queue, so it finds every visible message.

Source: "Amazon SQS short and long polling".
"""

_GONE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


class DeadLetterQueue:
    """A queue of failed tasks.

    `connect` returns the boto3 client, which is another after a fork. `parse` parses a message of
    ReceiveMessage.
    """

    def __init__(
        self,
        url: str,
        connect: Callable[[], SqsClient],
        parse: Callable[[Mapping[str, Any]], DeadLetter],
    ) -> None:
        self.url = url
        self._connect = connect
        self._parse = parse

    def count_visible(self) -> int:
        """Return the approximate number of messages that can be received."""
        return self._get_count("ApproximateNumberOfMessages")

    def count_in_flight(self) -> int:
        """Return the approximate number of messages received and neither deleted nor given back."""
        return self._get_count("ApproximateNumberOfMessagesNotVisible")

    def receive(self, at_most: int) -> list[DeadLetter]:
        """Receive up to `at_most` messages; an empty list means that none is left."""
        answer = self._call(
            "ReceiveMessage",
            self._sqs.receive_message,
            MaxNumberOfMessages=min(at_most, BATCH_SIZE),
            VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
        )
        return [self._parse(message) for message in answer.get("Messages", [])]

    def delete(self, letter: DeadLetter) -> None:
        """Delete a received message."""
        self._call("DeleteMessage", self._sqs.delete_message, ReceiptHandle=letter.receipt_handle)

    def give_back(self, letters: Iterable[DeadLetter]) -> None:
        """Make received messages visible again at once, unless another receiver has them by now.

        An error of one call does not stop the others. The first error is raised at the end.
        """
        failures: list[DelayError] = []
        for entries in _build_entries(letters):
            try:
                self._call(
                    "ChangeMessageVisibility", self._sqs.change_message_visibility_batch, Entries=entries
                )
            except DelayError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    @property
    def _sqs(self) -> SqsClient:
        return self._connect()

    def _get_count(self, name: str) -> int:
        answer = self._call("GetQueueAttributes", self._sqs.get_queue_attributes, AttributeNames=[name])
        return int(answer["Attributes"][name])

    @property
    def _source(self) -> str | None:
        return find_foreign_endpoint(self._sqs)

    def _call(self, action: str, call: Callable[..., Any], **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        try:
            return call(QueueUrl=self.url, **request)
        except AWS_ERRORS as error:
            if error_code(error) in _GONE:
                raise NoSuchQueue(
                    f"There is no queue {self.url}: check its URL, and the client's account, Region and "
                    f"endpoint. {self._source or 'AWS'} says: {error}"
                ) from error
            raise translate_error(error, f"sqs:{action}", self.url, self._source) from error


def _build_entries(letters: Iterable[DeadLetter]) -> Iterator[list[dict[str, Any]]]:
    """Yield the entries of ChangeMessageVisibilityBatch, one batch after another."""
    remaining = iter(letters)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield [
            {"Id": str(number), "ReceiptHandle": letter.receipt_handle, "VisibilityTimeout": 0}
            for number, letter in enumerate(batch)
        ]
