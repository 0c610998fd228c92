"""Calls go out in their service's protocol, and come back as AWS was recorded to let them."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.language import Failure, Json
from tests.aws_services import QUEUE, TABLE, TOPIC, AwsServices, serve_aws_services
from tests.unit.integrations.calling import CALLER, EXECUTION, MACHINE, call, failure, result

SDK = "(Service: {}; Status Code: {}; Error Code: {}; Request ID: *; Proxy: null)"
MESSAGE: dict[str, Json] = {"QueueUrl": QUEUE, "MessageBody": "hello"}


@pytest.fixture
async def services() -> AsyncIterator[AwsServices]:
    async with serve_aws_services() as services:
        yield services


@pytest.fixture
async def calls(services: AwsServices) -> AsyncIterator[TaskCalls]:
    async with TaskCalls(services.endpoints()) as calls:
        yield calls


async def test_a_message_is_sent_and_the_result_has_the_sdks_metadata(calls: TaskCalls) -> None:
    """The answer's members, and headers with the names that they came with."""
    sent = await result(calls, "sqs:sendMessage", MESSAGE)
    http = sent.pop("SdkHttpMetadata")
    request_id = sent.pop("SdkResponseMetadata")["RequestId"]
    assert sent.keys() == {"MD5OfMessageBody", "MessageId"}
    assert http["HttpStatusCode"] == 200
    assert http["HttpHeaders"]["x-amzn-RequestId"] == request_id
    assert http["AllHttpHeaders"]["x-amzn-RequestId"] == [request_id]
    assert http["HttpHeaders"]["Content-Type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize(("body", "sent"), [("hello", "hello"), ({"a": [1]}, '{"a":[1]}'), ([], "[]")])
async def test_json_goes_out_as_text(body: Json, sent: str, calls: TaskCalls, services: AwsServices) -> None:
    """Text goes out as it stands."""
    await result(calls, "sqs:sendMessage", MESSAGE | {"MessageBody": body})
    assert services.requests[0].body == {"QueueUrl": QUEUE, "MessageBody": sent}


async def test_null_is_not_sent(calls: TaskCalls) -> None:
    """The service says what it misses; an error that AWS's model does not know is named for the SDK's own."""
    assert await failure(calls, "sqs:sendMessage", MESSAGE | {"MessageBody": None}) == (
        "SQS.AmazonSQSException",
        "The request must contain the parameter MessageBody. "
        + SDK.format("AmazonSQS", 400, "MissingParameter"),
    )


@pytest.mark.parametrize(
    ("name", "parameters", "error", "cause"),
    [
        (
            "sqs:sendMessage",
            MESSAGE | {"QueueUrl": "http://sqs/nope"},
            "SQS.QueueDoesNotExistException",
            "The specified queue does not exist. "
            + SDK.format("AmazonSQS", 400, "AWS.SimpleQueueService.NonExistentQueue"),
        ),
        (
            "sns:publish",
            {"TopicArn": "arn:nope", "Message": "m"},
            "SNS.NotFoundException",
            "Topic does not exist " + SDK.format("AmazonSNS", 404, "NotFound"),
        ),
        (
            "dynamodb:getItem",
            {"TableName": "nope", "Key": {"id": {"S": "1"}}},
            "DynamoDB.ResourceNotFoundException",
            "Requested resource not found "
            + SDK.format("AmazonDynamoDBv2", 400, "ResourceNotFoundException"),
        ),
        (
            "dynamodb:putItem",
            {"TableName": TABLE, "Item": None},
            "DynamoDB.AmazonDynamoDBException",
            "Value null at 'item' failed to satisfy constraint: Member must not be null "
            + SDK.format("AmazonDynamoDBv2", 400, "ValidationException"),
        ),
    ],
)
async def test_errors_are_named_as_aws_names_them(
    name: str, parameters: dict[str, Json], error: str, cause: str, calls: TaskCalls
) -> None:
    """By the SDK's exception, with the service's own code and message in the cause."""
    assert await failure(calls, name, parameters) == (error, cause)


async def test_a_topic_is_spoken_to_in_its_own_protocol(calls: TaskCalls, services: AwsServices) -> None:
    """A form, with attributes by number; the answer is XML."""
    attributes: Json = {"due": {"DataType": "Binary", "BinaryValue": "aGVsbG8="}}
    published = await result(
        calls, "sns:publish", {"TopicArn": TOPIC, "Message": {"a": 1}, "MessageAttributes": attributes}
    )
    body = services.requests[0].body
    assert body["Message"] == '{"a":1}'
    assert body["MessageAttributes.entry.1.Value.BinaryValue"] == "aGVsbG8="
    assert published.keys() == {"MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    assert published["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"].startswith("text/xml")


async def test_items_come_and_go(calls: TaskCalls) -> None:
    """With attribute values as DynamoDB types them; bytes in base64."""
    key: Json = {"id": {"S": "42"}}
    photo = base64.b64encode(bytes(range(9))).decode()
    item: Json = {"id": {"S": "42"}, "photo": {"B": photo}, "tags": {"L": [{"N": "1"}, {"NULL": True}]}}
    await result(calls, "dynamodb:putItem", {"TableName": TABLE, "Item": item})
    found = await result(calls, "dynamodb:getItem", {"TableName": TABLE, "Key": key})
    assert found["Item"] == item
    updated = await result(
        calls,
        "dynamodb:updateItem",
        {
            "TableName": TABLE,
            "Key": key,
            "UpdateExpression": "SET state=:s",
            "ExpressionAttributeValues": {":s": {"S": "paid"}},
        },
    )
    assert updated["Attributes"]["state"] == {"S": "paid"}
    await result(calls, "dynamodb:deleteItem", {"TableName": TABLE, "Key": key})
    assert "Item" not in await result(calls, "dynamodb:getItem", {"TableName": TABLE, "Key": key})


async def test_a_condition_that_fails_has_its_own_error(calls: TaskCalls) -> None:
    """So that a Catch can tell it."""
    put: dict[str, Json] = {
        "TableName": TABLE,
        "Item": {"id": {"S": "42"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    await result(calls, "dynamodb:putItem", put)
    error, _ = await failure(calls, "dynamodb:putItem", put)
    assert error == "DynamoDB.ConditionalCheckFailedException"


async def test_events_say_where_they_come_from(calls: TaskCalls, services: AwsServices) -> None:
    """The ARNs follow the event's own resources; the result has no metadata."""
    entries: Json = [
        {"Source": "shop", "DetailType": "due", "Detail": {"order": 42}},
        {"Source": "shop", "DetailType": "due", "Detail": "{}", "Resources": ["mine"]},
    ]
    put = await result(calls, "events:putEvents", {"Entries": entries})
    assert [entry["Resources"] for entry in services.requests[0].body["Entries"]] == [
        [MACHINE, EXECUTION],
        ["mine", MACHINE, EXECUTION],
    ]
    assert services.requests[0].body["Entries"][0]["Detail"] == '{"order":42}'
    assert put.keys() == {"Entries", "FailedEntryCount"}


async def test_one_event_that_was_not_taken_fails_the_task(calls: TaskCalls) -> None:
    """The cause is the whole answer."""
    error, cause = await failure(calls, "events:putEvents", {"Entries": [{"Source": "s"}, {"Detail": "{}"}]})
    assert error == "EventBridge.FailedEntry"
    answer = json.loads(cause)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1]["ErrorCode"] == "InvalidArgument"


async def test_a_call_is_signed_with_the_key_of_the_settings(services: AwsServices) -> None:
    """DynamoDB on a machine tells callers apart by it."""
    environment = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "secret"}
    credentials, ireland = Credentials.from_environment(environment), Account(region="eu-west-1")
    async with TaskCalls(services.endpoints(), account=ireland, credentials=credentials) as calls:
        await result(calls, "sqs:sendMessage", MESSAGE)
    authorization = services.requests[0].headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=mine/")
    assert "/eu-west-1/sqs/aws4_request, " in authorization
    assert "secret" not in repr(credentials)


async def test_a_service_without_endpoint_fails_the_task_and_says_which_setting_is_missing() -> None:
    """Nothing is called that nobody has named."""
    async with TaskCalls({}) as calls:
        error, cause = await failure(calls, "sqs:sendMessage", MESSAGE)
    assert error == "SQS.SdkClientException"
    assert cause == (
        "Unable to execute HTTP request: there is no endpoint to call. "
        "Set SQS_ENDPOINT, or --sqs-endpoint, to the URL where the service is."
    )


async def test_a_service_that_does_not_answer_fails_the_task(caplog: pytest.LogCaptureFixture) -> None:
    """The person at the terminal is told once, however often it is tried."""
    async with TaskCalls({"sns": "http://127.0.0.1:9"}) as calls:
        for _ in range(2):
            error, cause = await failure(calls, "sns:publish", {"TopicArn": TOPIC, "Message": "m"})
    assert error == "SNS.SdkClientException"
    assert cause.startswith("Unable to execute HTTP request to http://127.0.0.1:9: ")
    assert cause.endswith("Is the service running there? SNS_ENDPOINT says where it is.")
    assert [record.message for record in caplog.records] == [cause]


@pytest.mark.parametrize("answer", ["<html>It works!</html>", "[]", "\x00"])
async def test_what_is_no_answer_fails_the_task(answer: str) -> None:
    """Something else listens where the service should."""

    async def other(request: web.BaseRequest) -> web.Response:  # noqa: ARG001 - a handler's signature
        return web.Response(text=answer)

    async with (
        Listener(other, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"sqs": listener.url}) as calls,
    ):
        error, cause = await failure(calls, "sqs:sendMessage", MESSAGE)
    assert error == "SQS.SdkClientException"
    assert cause.startswith("Unable to unmarshall response (")


async def test_a_call_has_its_timeout() -> None:
    """It counts from when the call is made."""

    async def slow(request: web.BaseRequest) -> web.Response:  # noqa: ARG001 - a handler's signature
        await asyncio.sleep(60)
        return web.Response()

    async with (
        Listener(slow, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"sqs": listener.url}) as calls,
    ):
        outcome = await calls.run(call("sqs:sendMessage", MESSAGE, timeout_seconds=1), CALLER)
    assert outcome == Failure("States.Timeout")
