"""A fake of boto3's SQS client, with one dead-letter queue, for tests to pass to Delay."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from delay.testing.clock import FakeClock
from delay.testing.faults import Fault, Faults, Moment
from delay.testing.model import aws_error, check

QUEUE_URL: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadLetterQueue"

_NO_QUEUE: Final = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass(slots=True)
class _Message:
    number: int
    body: str
    visible_from: datetime
    receipts: int = 0

    @property
    def receipt_handle(self) -> str:
        """The receipt handle of the latest receiver. Earlier ones are invalid."""
        return f"receipt-{self.number}-{self.receipts}"


class FakeSqs:
    """SQS with one queue, in memory, by a clock that the test moves.

    It has the methods of boto3's client that a dead-letter queue needs, with boto3's own validation and
    exceptions. A receive with a wait time moves the clock forward if there is no message.
    `put` adds a message. `fail` makes a method raise an error.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.queue_url = QUEUE_URL
        self.requests: list[str] = []
        """The methods that were called, in order."""
        self._clock = clock
        self._messages: dict[int, _Message] = {}
        self._numbers = itertools.count(1)
        self._faults = Faults()

    @property
    def bodies(self) -> list[str]:
        """The messages in the queue, hidden or not, in the order of arrival."""
        return [message.body for message in self._messages.values()]

    def put(self, body: str) -> None:
        """Add a message to the queue."""
        number = next(self._numbers)
        self._messages[number] = _Message(number, body, self._clock.now())

    def fail(self, method: str, code: str, *, times: int = 1) -> None:
        """Make the next `times` calls of a method raise AWS's error with a code."""
        error = aws_error(method, code, "As the test asked for.", service="sqs")
        self._faults.pending.append(Fault(method, error, Moment.BEFORE, times))

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - checked against the model
        """Return the numbers of visible and of received messages."""
        self._check("get_queue_attributes", request)
        visible = len(self._find_visible())
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(len(self._messages) - visible),
            }
        }

    def receive_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Receive messages, and hide them for the visibility timeout."""
        self._check("receive_message", request)
        if not self._find_visible():
            self._clock.sleep(request.get("WaitTimeSeconds", 0))
        received = self._find_visible()[: request.get("MaxNumberOfMessages", 1)]
        for message in received:
            message.receipts += 1
            self._hide(message, request.get("VisibilityTimeout", 30))
        return {"Messages": [_build_message(message) for message in received]} if received else {}

    def delete_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Delete a received message. An outdated receipt handle deletes nothing."""
        self._check("delete_message", request)
        if message := self._find_received(request["ReceiptHandle"]):
            del self._messages[message.number]
        return {}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Change how long messages stay hidden."""
        self._check("change_message_visibility_batch", request)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in request["Entries"]:
            if message := self._find_received(entry["ReceiptHandle"]):
                self._hide(message, entry["VisibilityTimeout"])
                answer["Successful"].append({"Id": entry["Id"]})
            else:
                answer["Failed"].append(_build_failure(entry))
        return answer

    def _check(self, method: str, request: Mapping[str, Any]) -> None:
        check(method, request, service="sqs")
        self.requests.append(method)
        self._faults.raise_pending(method, Moment.BEFORE)
        if request["QueueUrl"] != QUEUE_URL:
            message = "The specified queue does not exist."
            raise aws_error(method, _NO_QUEUE, message, service="sqs")

    def _find_visible(self) -> list[_Message]:
        now = self._clock.now()
        return [message for message in self._messages.values() if message.visible_from <= now]

    def _hide(self, message: _Message, seconds: int) -> None:
        message.visible_from = self._clock.now() + timedelta(seconds=seconds)

    def _find_received(self, receipt_handle: str) -> _Message | None:
        return next((each for each in self._messages.values() if each.receipt_handle == receipt_handle), None)


def _build_message(message: _Message) -> dict[str, Any]:
    return {
        "MessageId": f"message-{message.number}",
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
    }


def _build_failure(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Source: ChangeMessageVisibility in the Amazon SQS API Reference, "Errors"."""
    return {"Id": entry["Id"], "SenderFault": True, "Code": "ReceiptHandleIsInvalid"}
