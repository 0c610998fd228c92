"""Creates a template's tables and queues in the local AWS. What is there already stays, with its contents."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from stepfunctions_local.local_aws.endpoint import Backend, LocalAwsError, call
from stepfunctions_local.template.queues import DeclaredQueue
from stepfunctions_local.template.tables import DeclaredTable

_COMPARED: Final = ("KeySchema", "AttributeDefinitions")


async def create_tables(backend: Backend, tables: Iterable[DeclaredTable]) -> list[str]:
    """Create tables; return a warning for each that is there with other keys, or is refused."""
    return [warning for table in tables async for warning in _create_table(backend, table)]


async def create_queues(backend: Backend, queues: Iterable[DeclaredQueue]) -> list[str]:
    """Create queues, or bring them up to date; return a warning for each that is refused."""
    # Dead-letter queues have to be there before the queues that name them.
    ordered = sorted(queues, key=lambda queue: queue.redrive_policy is not None)
    return [warning for queue in ordered async for warning in _put_queue(backend, queue)]


async def _create_table(backend: Backend, table: DeclaredTable) -> AsyncIterator[str]:
    try:
        await call(backend, "dynamodb", "CreateTable", **table.definition)
    except LocalAwsError as error:
        if error.code != "ResourceInUseException":
            yield f"{table.logical_id} cannot be created here: {error}"
            return
        if await _differs(backend, table):
            yield (
                f"{table.logical_id} is kept from before with other keys: delete the table, or the folder "
                "`local-aws` of the records, to create it anew."
            )
    if table.ttl_attribute:
        expiry = {"Enabled": True, "AttributeName": table.ttl_attribute}
        await call(
            backend, "dynamodb", "UpdateTimeToLive", TableName=table.name, TimeToLiveSpecification=expiry
        )


async def _differs(backend: Backend, table: DeclaredTable) -> bool:
    found = await call(backend, "dynamodb", "DescribeTable", TableName=table.name)
    there = found["Table"]
    return any(_sort(there.get(part)) != _sort(table.definition.get(part)) for part in _COMPARED)


def _sort(parts: list[dict[str, Any]] | None) -> list[list[tuple[str, Any]]]:
    return sorted(sorted(part.items()) for part in parts or [])


async def _put_queue(backend: Backend, queue: DeclaredQueue) -> AsyncIterator[str]:
    attributes = dict(queue.attributes)
    if queue.redrive_policy:
        attributes["RedrivePolicy"] = queue.redrive_policy
    fixed = {name: value for name, value in attributes.items() if name == "FifoQueue"}
    changed = {name: value for name, value in attributes.items() if name != "FifoQueue"}
    try:
        created = await call(backend, "sqs", "CreateQueue", QueueName=queue.name, Attributes=fixed)
        if changed:
            await call(backend, "sqs", "SetQueueAttributes", QueueUrl=created["QueueUrl"], Attributes=changed)
    except LocalAwsError as error:
        yield f"{queue.logical_id} cannot be created here: {error}"
