"""The calls to SQS: take messages out of a queue for a while, delete them, or give them back."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from delay.aws.connection import SqsClient
from delay.aws.error import AWS_ERRORS, error_code, told
from delay.dead_letters.letter import DeadLetter
from delay.errors import NoSuchQueue

BATCH_SIZE: Final = 10
"""Messages in one call. Source: ReceiveMessage in the Amazon SQS API Reference."""

VISIBILITY_TIMEOUT_SECONDS: Final = 300
"""So long nobody else gets a message that was received; whoever is killed leaves it hidden until then."""

_WAIT_SECONDS: Final = 2
"""A call that waits asks all servers of a queue, and finds what is there.

Source: "Amazon SQS short and long polling".
"""

_GONE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


class DeadLetterQueue:
    """A queue of failed executions."""

    def __init__(self, url: str, sqs: SqsClient) -> None:
        self.url = url
        self._sqs = sqs

    def visible(self) -> int:
        """Return about how many messages can be received."""
        return self._number("ApproximateNumberOfMessages")

    def in_flight(self) -> int:
        """Return about how many messages somebody has received, and neither deleted nor given back."""
        return self._number("ApproximateNumberOfMessagesNotVisible")

    def receive(self, at_most: int) -> list[DeadLetter]:
        """Take out some messages; nothing if none is left."""
        answer = self._ask(
            "ReceiveMessage",
            self._sqs.receive_message,
            MaxNumberOfMessages=min(at_most, BATCH_SIZE),
            VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
        )
        return [DeadLetter.of(message) for message in answer.get("Messages", [])]

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message that was received."""
        self._ask("DeleteMessage", self._sqs.delete_message, ReceiptHandle=letter.receipt_handle)

    def give_back(self, letters: Iterable[DeadLetter]) -> None:
        """Let others receive messages at once that were received; one that they have by now is let be."""
        for entries in _entries(letters):
            self._ask("ChangeMessageVisibility", self._sqs.change_message_visibility_batch, Entries=entries)

    def _number(self, name: str) -> int:
        answer = self._ask("GetQueueAttributes", self._sqs.get_queue_attributes, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _ask(self, action: str, call: Callable[..., Any], **request: object) -> Any:  # noqa: ANN401 - boto3 has no types
        try:
            return call(QueueUrl=self.url, **request)
        except AWS_ERRORS as error:
            if error_code(error) in _GONE:
                raise NoSuchQueue(
                    f"There is no queue {self.url}: check its URL, and the client's account, Region and "
                    f"endpoint. AWS says: {error}"
                ) from error
            raise told(error, f"sqs:{action}", self.url) from error


def _entries(letters: Iterable[DeadLetter]) -> Iterator[list[dict[str, Any]]]:
    """Yield what a call in batches is told of the messages, as many at a time as it takes."""
    remaining = iter(letters)
    while some := list(islice(remaining, BATCH_SIZE)):
        yield [
            {"Id": str(number), "ReceiptHandle": letter.receipt_handle, "VisibilityTimeout": 0}
            for number, letter in enumerate(some)
        ]
