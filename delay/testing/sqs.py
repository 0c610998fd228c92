"""The client for SQS that a test hands to Delay in place of boto3's, for what lies in a dead-letter queue."""

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
        """What the latest receiver knows it by; earlier ones are not taken."""
        return f"receipt-{self.number}-{self.receipts}"


class FakeSqs:
    """SQS with one queue, in memory, by a clock that the test moves.

    It has the methods of boto3's client that a dead-letter queue takes, with boto3's own checks and
    exceptions. `put` lets a message lie in the queue. A receiver that may wait moves the clock forward while
    there is nothing to receive. Errors are asked for by `fail`.
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
        """What lies in the queue, hidden or not, in the order in which it came."""
        return [message.body for message in self._messages.values()]

    def put(self, body: str) -> None:
        """Let a message lie in the queue."""
        number = next(self._numbers)
        self._messages[number] = _Message(number, body, self._clock.now())

    def fail(self, method: str, code: str, *, times: int = 1) -> None:
        """Have a method raise an error of AWS's, by its code, so many times."""
        error = aws_error(method, code, "As the test asked for.", service="sqs")
        self._faults.pending.append(Fault(method, error, Moment.BEFORE, times))

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - checked against the model
        """Tell how many messages can be received, and how many have been."""
        self._check("get_queue_attributes", request)
        visible = len(self._visible())
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(len(self._messages) - visible),
            }
        }

    def receive_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Take messages out for a while."""
        self._check("receive_message", request)
        if not self._visible():
            self._clock.sleep(request.get("WaitTimeSeconds", 0))
        received = self._visible()[: request.get("MaxNumberOfMessages", 1)]
        for message in received:
            message.receipts += 1
            self._hide(message, request.get("VisibilityTimeout", 30))
        return {"Messages": [_told(message) for message in received]} if received else {}

    def delete_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Delete a message that was received; who received it too long ago deletes nothing."""
        self._check("delete_message", request)
        if message := self._received(request["ReceiptHandle"]):
            del self._messages[message.number]
        return {}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Hide messages for longer, or no longer."""
        self._check("change_message_visibility_batch", request)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in request["Entries"]:
            if message := self._received(entry["ReceiptHandle"]):
                self._hide(message, entry["VisibilityTimeout"])
                answer["Successful"].append({"Id": entry["Id"]})
            else:
                answer["Failed"].append(_failed(entry))
        return answer

    def _check(self, method: str, request: Mapping[str, Any]) -> None:
        check(method, request, service="sqs")
        self.requests.append(method)
        self._faults.strike(method, Moment.BEFORE)
        if request["QueueUrl"] != QUEUE_URL:
            message = "The specified queue does not exist."
            raise aws_error(method, _NO_QUEUE, message, service="sqs")

    def _visible(self) -> list[_Message]:
        now = self._clock.now()
        return [message for message in self._messages.values() if message.visible_from <= now]

    def _hide(self, message: _Message, seconds: int) -> None:
        message.visible_from = self._clock.now() + timedelta(seconds=seconds)

    def _received(self, receipt_handle: str) -> _Message | None:
        return next((each for each in self._messages.values() if each.receipt_handle == receipt_handle), None)


def _told(message: _Message) -> dict[str, Any]:
    return {
        "MessageId": f"message-{message.number}",
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
    }


def _failed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Source: ChangeMessageVisibility in the Amazon SQS API Reference, "Errors"."""
    return {"Id": entry["Id"], "SenderFault": True, "Code": "ReceiptHandleIsInvalid"}
