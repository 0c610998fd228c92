"""A queue of the local SQS."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stepfunctions_local.local_aws.endpoint import Backend, call
from stepfunctions_local.local_aws.process import AwsRequest
from stepfunctions_local.local_aws.program import DELAYS

_VISIBLE: Final = "ApproximateNumberOfMessages"


class LocalQueue:
    """A queue, by the path of its URL: `123456789012/TaskQueue`."""

    def __init__(self, backend: Backend, url: str) -> None:
        self._backend = backend
        self._url = url

    async def receive(self, count: int, wait_seconds: int) -> Sequence[dict[str, Any]]:
        """Receive messages with all that is known of them; wait for the first one."""
        found = await call(
            self._backend,
            "sqs",
            "ReceiveMessage",
            QueueUrl=self._url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = found.get("Messages", [])
        return messages

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete received messages."""
        entries = [
            {"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(receipt_handles)
        ]
        if entries:
            await call(self._backend, "sqs", "DeleteMessageBatch", QueueUrl=self._url, Entries=entries)

    async def next_due(self) -> datetime | None:
        """Return when (UTC) the next message will be there that is delayed or to come again."""
        name = self._url.rpartition("/")[2]
        response = await self._backend.send(AwsRequest(DELAYS, {}, name))
        return datetime.fromtimestamp(float(response.body), UTC) if response.body else None

    async def is_empty(self) -> bool:
        """Return whether no message is visible now."""
        found = await call(
            self._backend, "sqs", "GetQueueAttributes", QueueUrl=self._url, AttributeNames=[_VISIBLE]
        )
        return bool(found["Attributes"][_VISIBLE] == "0")
