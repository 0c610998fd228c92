"""The services below a table's store: DynamoDB and SQS, or stand-ins for them in tests."""

from typing import Any, Protocol, cast

from delay.aws.connection import DynamoDbClient, SqsClient, connect_dynamodb, connect_sqs
from delay.aws.per_process import PerProcess
from delay.table.table_arn import TableArn
from task_table.dynamodb import DynamoDbTable
from task_table.ports import PurgeableQueue, Table
from task_table.sqs import SqsQueue


class TableBackend(Protocol):
    """Opens a table and its queues. It is asked before each request, because a fork changes boto3 clients."""

    def open_table(self) -> Table:
        """Return the table."""
        ...

    def open_queue(self, url: str) -> PurgeableQueue:
        """Return the queue of due tasks."""
        ...

    def open_letters(self) -> SqsClient:
        """Return the boto3 client for the dead-letter queue."""
        ...


class AwsBackend:
    """DynamoDB and SQS. Clients that are not given are created when they are first needed."""

    def __init__(
        self, arn: TableArn, dynamodb: DynamoDbClient | None = None, sqs: SqsClient | None = None
    ) -> None:
        self._name = arn.name
        self._dynamodb = PerProcess(lambda: dynamodb or connect_dynamodb(arn.region))
        self._sqs = PerProcess(lambda: sqs or connect_sqs(arn.region))

    def open_table(self) -> Table:
        """Return the table."""
        return DynamoDbTable(_untyped(self._dynamodb()), self._name)

    def open_queue(self, url: str) -> PurgeableQueue:
        """Return the queue of due tasks."""
        return SqsQueue(_untyped(self._sqs()), url)

    def open_letters(self) -> SqsClient:
        """Return the boto3 client for the dead-letter queue."""
        return self._sqs()


def _untyped(client: object) -> Any:  # noqa: ANN401 - a client's own type has more methods than are used
    return cast("Any", client)
