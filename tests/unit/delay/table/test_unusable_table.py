"""Tables and requests that cannot be used: each is refused with a sentence that says what to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from delay import (
    CallRate,
    CallRates,
    Delay,
    DelayError,
    InvalidArn,
    InvalidRequest,
    InvalidTable,
    NoSuchStore,
    NoSuchTable,
    NotPermitted,
    Refused,
    Request,
    Throttled,
    Unreachable,
)
from delay.testing import FakeStepFunctions, FakeTaskTable, Moment
from task_table.cursor import PARTITION, VERSION, Cursor
from task_table.errors import UnreadableRow
from task_table.resending import Throttled as LeftOver
from task_table.sending import NotAccepted
from tests.unit.delay.table.harness import HOUR, KEY, SECOND, client, list_events

OPERATIONS: dict[str, Callable[[Delay], Any]] = {
    "schedule": lambda delay: delay.schedule({}, after=HOUR, key=KEY),
    "get": lambda delay: delay.get(KEY),
    "cancel": lambda delay: delay.cancel(KEY),
    "reschedule": lambda delay: delay.reschedule(KEY, after=HOUR),
    "list": lambda delay: list(delay.list()),
    "count": lambda delay: delay.count(),
}


def refuse_keys(operation: str) -> ClientError:
    """Return DynamoDB's error for a request to a table with other keys."""
    message = "The provided key element does not match the schema"
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, operation)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_table_whose_drain_has_never_run_is_refused(table: FakeTaskTable, operation: str) -> None:
    """Nothing would send the messages of its tasks."""
    del table.rows.items[PARTITION]
    with pytest.raises(NoSuchTable, match="has no cursor, which its drain makes within a minute"):
        OPERATIONS[operation](client(table))
    assert "put_slot" not in table.requests


@pytest.mark.parametrize("operation", OPERATIONS)
def test_table_of_a_newer_version_is_refused(table: FakeTaskTable, operation: str) -> None:
    """This release does not know its rows, not even those that look like its own."""
    client(table).schedule({}, after=HOUR, key=KEY)
    table.requests.clear()
    found = {**table.rows.items[PARTITION]["cursor"], "version": VERSION + 1}
    with pytest.raises(UnreadableRow) as refused:
        Cursor.of_attributes(found)
    table.fail("get_cursor", refused.value, times=100)
    with pytest.raises(NoSuchTable, match="has version 2, and this release reads 1: update it"):
        OPERATIONS[operation](client(table))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_table_with_other_keys_is_refused(table: FakeTaskTable, operation: str) -> None:
    """It belongs to another application."""
    for name in ("read_clock", "get_cursor", "get", "query_keys"):
        table.fail(name, refuse_keys(name), times=100)
    with pytest.raises(NoSuchStore, match="has other keys than `pk` and `sk`"):
        OPERATIONS[operation](client(table))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_missing_table_is_reported(table: FakeTaskTable, operation: str) -> None:
    """The account or the Region may be the wrong one."""
    for name in ("read_clock", "get_cursor", "get", "query_keys"):
        table.fail(name, "ResourceNotFoundException", times=100)
    with pytest.raises(NoSuchTable, match=r"There is no arn:aws:dynamodb.*account, Region and endpoint"):
        OPERATIONS[operation](client(table))


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        ("AccessDeniedException", NotPermitted, "IAM action dynamodb:PutItem"),
        ("ProvisionedThroughputExceededException", Throttled, "still throttled"),
        ("ThrottlingException", Throttled, "still throttled"),
        ("SomethingElse", Refused, "SomethingElse"),
    ],
)
def test_error_of_the_table_is_translated(
    table: FakeTaskTable, code: str, error: type[DelayError], says: str
) -> None:
    """AWS's error is the cause."""
    failure = ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")
    table.fail("put_slot", failure, times=100)
    with pytest.raises(error, match=says) as raised:
        client(table).schedule({}, after=HOUR)
    assert raised.value.__cause__ is failure


def test_throttled_request_is_retried_for_its_patience(delay: Delay, table: FakeTaskTable) -> None:
    """With growing pauses, which are cut short by nothing but success."""
    began = table.clock.now()
    table.fail("write", "ProvisionedThroughputExceededException", times=4)
    delay.schedule({}, after=HOUR, key=KEY)
    assert timedelta(seconds=3) < table.clock.now() - began < timedelta(seconds=90)


def test_full_queue_is_a_throttling(delay: Delay, table: FakeTaskTable) -> None:
    """The task is there, and is sent by the same request again."""
    table.fail("send", ClientError({"Error": {"Code": "RequestThrottled"}}, "SendMessageBatch"), times=100)
    with pytest.raises(Throttled, match="sqs:SendMessage is still throttled"):
        delay.schedule({"a": 1}, after=timedelta(minutes=5), key=KEY)
    table.fail("send", "RequestThrottled", times=0)
    table.clock.forward(HOUR)
    assert list_events(table) == [{"a": 1}]


@pytest.mark.parametrize("error", [LeftOver("3 of a batch are left."), NotAccepted("SQS accepted none.")])
def test_rest_of_a_batch_is_a_throttling(delay: Delay, table: FakeTaskTable, error: Exception) -> None:
    """After the attempts of its own, it is retried as any throttled request."""
    operation = "send" if isinstance(error, NotAccepted) else "put_slots"
    table.fail(operation, error, times=1_000)
    (result,) = delay.schedule_many([Request({}, after=SECOND)], patience=timedelta(seconds=5))
    assert isinstance(result.error, Throttled)
    assert str(error) in str(result.error)


def test_silent_endpoint_is_unreachable(delay: Delay, table: FakeTaskTable) -> None:
    """As for Step Functions."""
    table.fail("read_clock", EndpointConnectionError(endpoint_url="https://dynamodb"), moment=Moment.BEFORE)
    with pytest.raises(Unreachable, match="got no answer"):
        delay.schedule({}, after=HOUR)


def test_row_changed_by_hand_is_refused(delay: Delay, table: FakeTaskTable) -> None:
    """The message names the row or its attribute, and there is no traceback in the shell."""
    delay.schedule({}, after=HOUR, key=KEY)
    partition = next(rows for rows in table.rows.items.values() if KEY in rows)
    row = partition[KEY]
    for change, says in (
        ({"status": "LATER"}, "A newer release has written the status 'LATER'"),
        ({"due": "soon"}, "'due' of a row must be a whole number"),
        ({"result": "{"}, "was changed by hand"),
    ):
        partition[KEY] = {**row, **change}
        with pytest.raises(Refused, match=says):
            delay.get(KEY)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:dynamodb:us-east-1:123456789012:table/",
        "arn:aws:dynamodb:us-east-1:123456789012:table/t",
        "arn:aws:dynamodb:us-east-1:123456789012:table/tasks/index/due",
    ],
)
def test_other_arn_of_dynamodb_is_refused(arn: str) -> None:
    """The sentence has an example."""
    with pytest.raises(InvalidArn, match="is not the ARN of a table"):
        Delay(arn)


@pytest.mark.parametrize("arn", ["tasks", "", "arn:aws:s3:::tasks"])
def test_arn_of_another_service_is_refused(arn: str) -> None:
    """The sentence has an example of each store."""
    with pytest.raises(InvalidArn, match="of a state machine or of a table"):
        Delay(arn)
    assert issubclass(InvalidTable, InvalidArn)


_RATE = CallRate(1, 1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"rates": CallRates(_RATE, _RATE, _RATE)},
            "rates= is not for a table: .* Pass rate= to schedule_many",
        ),
        ({"sfn": FakeStepFunctions()}, "sfn= is not for a table: .* Pass dynamodb= and sqs="),
    ],
)
def test_option_of_executions_is_refused_by_name(
    table: FakeTaskTable, options: dict[str, Any], says: str
) -> None:
    """A test whose fake is ignored would call AWS."""
    with pytest.raises(InvalidRequest, match=says):
        Delay(table.arn, **options)


def test_option_of_tables_is_refused_by_name(table: FakeTaskTable) -> None:
    """The same the other way round."""
    sfn = FakeStepFunctions()
    with pytest.raises(InvalidRequest, match=r"backend= is not for a state machine: .* output TaskTableArn"):
        Delay(sfn.state_machine_arn, sfn, backend=table)
