"""The services below a table's store: DynamoDB and SQS, or stand-ins for them in tests."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, cast

from delay.aws.connection import DynamoDbClient, SqsClient, connect_dynamodb, connect_sqs
from delay.aws.foreign_endpoint import find_foreign_endpoint
from delay.aws.per_process import PerProcess
from delay.table.table_arn import TableArn
from task_table.dynamodb import DynamoDbTable
from task_table.ports import PurgeableQueue, Table
from task_table.sqs import SqsQueue

_DYNAMODB: Final = "dynamodb"


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
    """DynamoDB and SQS. Clients that are not given are created when they are first needed.

    `watch` receives each answer of DynamoDB.
    """

    def __init__(
        self,
        arn: TableArn,
        dynamodb: DynamoDbClient | None,
        sqs: SqsClient | None,
        watch: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._name = arn.name
        self._dynamodb = PerProcess(lambda: self._watched(dynamodb or connect_dynamodb(arn.region)))
        self._sqs = PerProcess(lambda: sqs or connect_sqs(arn.region))
        self._watch = watch

    def open_table(self) -> Table:
        """Return the table."""
        return DynamoDbTable(_untyped(self._dynamodb()), self._name)

    def open_queue(self, url: str) -> PurgeableQueue:
        """Return the queue of due tasks."""
        return SqsQueue(_untyped(self._sqs()), url)

    def open_letters(self) -> SqsClient:
        """Return the boto3 client for the dead-letter queue."""
        return self._sqs()

    def find_endpoint(self, service: str) -> str | None:
        """Return the URL of `dynamodb` or `sqs` if it is not AWS's own."""
        return find_foreign_endpoint(self._dynamodb() if service == _DYNAMODB else self._sqs())

    def _watched(self, dynamodb: DynamoDbClient) -> DynamoDbClient:
        _untyped(dynamodb).meta.events.register("after-call.dynamodb", self._pass_on)
        return dynamodb

    def _pass_on(self, parsed: Mapping[str, Any], **_: object) -> None:
        self._watch(parsed)


def find_endpoint(backend: TableBackend, service: str) -> str | None:
    """Return the URL of `dynamodb` or `sqs` if it is not AWS's own. Stand-ins have none."""
    return backend.find_endpoint(service) if isinstance(backend, AwsBackend) else None


def _untyped(client: object) -> Any:  # noqa: ANN401 - a client's own type has more methods than are used
    return cast("Any", client)
