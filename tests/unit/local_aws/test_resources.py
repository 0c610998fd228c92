"""Tables and queues of a template are created once, and kept."""

from stepfunctions_local.local_aws.resources import create_queues, create_tables
from stepfunctions_local.template.queues import DeclaredQueue
from stepfunctions_local.template.tables import DeclaredTable
from tests.unit.local_aws.fakes import FakeBackend

KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]
TYPES = [{"AttributeName": "pk", "AttributeType": "S"}]
TABLE = DeclaredTable(
    "Notes", "notes", {"TableName": "notes", "KeySchema": KEYS, "AttributeDefinitions": TYPES}, "expires"
)
ARN = "arn:aws:sqs:us-east-1:123456789012:"


async def test_new_table_expires_items() -> None:
    """TTL is an operation of its own."""
    backend = FakeBackend()
    assert await create_tables(backend, [TABLE]) == []
    assert [operation for operation, _ in backend.calls] == ["CreateTable", "UpdateTimeToLive"]
    assert backend.calls[1][1]["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "expires"}


async def test_table_of_an_earlier_start_is_kept() -> None:
    """Without a warning if it has the same keys."""
    there = {"KeySchema": KEYS, "AttributeDefinitions": TYPES}
    backend = FakeBackend({"CreateTable": "ResourceInUseException", "DescribeTable": {"Table": there}})
    assert await create_tables(backend, [TABLE]) == []


async def test_table_with_other_keys_is_warned_of() -> None:
    """Nothing is deleted by itself."""
    backend = FakeBackend({"CreateTable": "ResourceInUseException", "DescribeTable": {"Table": {}}})
    (warning,) = await create_tables(backend, [TABLE])
    assert warning.startswith("Notes is kept from before with other keys")


async def test_refused_table_is_warned_of() -> None:
    """The others are created."""
    backend = FakeBackend({"CreateTable": "ValidationException"})
    warnings = await create_tables(backend, [TABLE, TABLE])
    assert warnings == ["Notes cannot be created here: ValidationException: no"] * 2


async def test_dead_letter_queue_is_created_first() -> None:
    """The other one names it."""
    policy = '{"deadLetterTargetArn": "x", "maxReceiveCount": 3}'
    work = DeclaredQueue("Work", "Work", f"{ARN}Work", {"VisibilityTimeout": "60"}, policy)
    letters = DeclaredQueue("Letters", "Letters.fifo", f"{ARN}Letters.fifo", {"FifoQueue": "true"})
    backend = FakeBackend({"CreateQueue": {"QueueUrl": "url"}})
    assert await create_queues(backend, [work, letters]) == []
    assert backend.calls == [
        ("CreateQueue", {"QueueName": "Letters.fifo", "Attributes": {"FifoQueue": "true"}}),
        ("CreateQueue", {"QueueName": "Work", "Attributes": {}}),
        (
            "SetQueueAttributes",
            {"QueueUrl": "url", "Attributes": {"VisibilityTimeout": "60", "RedrivePolicy": policy}},
        ),
    ]


async def test_refused_queue_is_warned_of() -> None:
    """With the reason."""
    backend = FakeBackend({"CreateQueue": "InvalidParameterValue"})
    (warning,) = await create_queues(backend, [DeclaredQueue("Work", "Work", f"{ARN}Work")])
    assert warning == "Work cannot be created here: InvalidParameterValue: no"
