"""Calls use the protocol of their service, and their results are as recorded on AWS."""

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
from stepfunctions_local.integrations.wire import Wire
from stepfunctions_local.language import Failure, Json
from stepfunctions_local.service_model import service_model
from tests.aws_services import QUEUE, TABLE, TOPIC, AwsServices, serve_aws_services
from tests.unit.integrations.calls import CALLER, EXECUTION, MACHINE, get_failure, get_result, make_call

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


async def test_a_result_has_the_metadata_of_the_sdk(calls: TaskCalls) -> None:
    """It has the members of the answer, and the headers under their original names."""
    sent = await get_result(calls, "sqs:sendMessage", MESSAGE)
    http = sent.pop("SdkHttpMetadata")
    request_id = sent.pop("SdkResponseMetadata")["RequestId"]
    assert sent.keys() == {"MD5OfMessageBody", "MessageId"}
    assert http["HttpStatusCode"] == 200
    assert http["HttpHeaders"]["x-amzn-RequestId"] == request_id
    assert http["AllHttpHeaders"]["x-amzn-RequestId"] == [request_id]
    assert http["HttpHeaders"]["Content-Type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize(("body", "sent"), [("hello", "hello"), ({"a": [1]}, '{"a":[1]}'), ([], "[]")])
async def test_json_is_sent_as_text(body: Json, sent: str, calls: TaskCalls, services: AwsServices) -> None:
    """Text is sent as it is."""
    await get_result(calls, "sqs:sendMessage", MESSAGE | {"MessageBody": body})
    assert services.requests[0].body == {"QueueUrl": QUEUE, "MessageBody": sent}


async def test_null_is_not_sent(calls: TaskCalls) -> None:
    """The service refuses the call. An error outside AWS's model has the SDK's general name."""
    assert await get_failure(calls, "sqs:sendMessage", MESSAGE | {"MessageBody": None}) == (
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
async def test_errors_have_the_names_of_aws(
    name: str, parameters: dict[str, Json], error: str, cause: str, calls: TaskCalls
) -> None:
    """They are exceptions of the SDK; the cause has the service's own code and message."""
    assert await get_failure(calls, name, parameters) == (error, cause)


async def test_a_topic_is_called_in_its_own_protocol(calls: TaskCalls, services: AwsServices) -> None:
    """The request is a form with numbered attributes; the answer is XML."""
    attributes: Json = {"due": {"DataType": "Binary", "BinaryValue": "aGVsbG8="}}
    published = await get_result(
        calls, "sns:publish", {"TopicArn": TOPIC, "Message": {"a": 1}, "MessageAttributes": attributes}
    )
    body = services.requests[0].body
    assert body["Message"] == '{"a":1}'
    assert body["MessageAttributes.entry.1.Value.BinaryValue"] == "aGVsbG8="
    assert published.keys() == {"MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    assert published["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"].startswith("text/xml")


async def test_items_are_put_read_updated_and_deleted(calls: TaskCalls) -> None:
    """Attribute values have DynamoDB's types; bytes are in base64."""
    key: Json = {"id": {"S": "42"}}
    photo = base64.b64encode(bytes(range(9))).decode()
    item: Json = {"id": {"S": "42"}, "photo": {"B": photo}, "tags": {"L": [{"N": "1"}, {"NULL": True}]}}
    await get_result(calls, "dynamodb:putItem", {"TableName": TABLE, "Item": item})
    found = await get_result(calls, "dynamodb:getItem", {"TableName": TABLE, "Key": key})
    assert found["Item"] == item
    updated = await get_result(
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
    await get_result(calls, "dynamodb:deleteItem", {"TableName": TABLE, "Key": key})
    assert "Item" not in await get_result(calls, "dynamodb:getItem", {"TableName": TABLE, "Key": key})


async def test_plain_attributes_are_put_with_their_types(calls: TaskCalls) -> None:
    """They are converted at any depth, in items, keys and values of expressions."""
    plain: Json = {"id": "43", "n": 1.5, "tags": ["a", None, {"deep": True}], "typed": {"S": "x"}}
    await get_result(calls, "dynamodb:putItem", {"TableName": TABLE, "Item": plain})
    await get_result(
        calls,
        "dynamodb:updateItem",
        {
            "TableName": TABLE,
            "Key": {"id": "43"},
            "UpdateExpression": "SET n=:n",
            "ExpressionAttributeValues": {":n": 2},
        },
    )
    found = await get_result(calls, "dynamodb:getItem", {"TableName": TABLE, "Key": {"id": "43"}})
    assert found["Item"] == {
        "id": {"S": "43"},
        "n": {"N": "2"},
        "tags": {"L": [{"S": "a"}, {"NULL": True}, {"M": {"deep": {"BOOL": True}}}]},
        "typed": {"S": "x"},
    }


async def test_a_failed_condition_has_its_own_error(calls: TaskCalls) -> None:
    """A Catch can distinguish it."""
    put: dict[str, Json] = {
        "TableName": TABLE,
        "Item": {"id": {"S": "42"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    await get_result(calls, "dynamodb:putItem", put)
    error, _ = await get_failure(calls, "dynamodb:putItem", put)
    assert error == "DynamoDB.ConditionalCheckFailedException"


async def test_events_name_their_execution_and_state_machine(calls: TaskCalls, services: AwsServices) -> None:
    """Both ARNs follow the event's own resources. The result has no metadata."""
    entries: Json = [
        {"Source": "shop", "DetailType": "due", "Detail": {"order": 42}},
        {"Source": "shop", "DetailType": "due", "Detail": "{}", "Resources": ["mine"]},
    ]
    put = await get_result(calls, "events:putEvents", {"Entries": entries})
    assert [entry["Resources"] for entry in services.requests[0].body["Entries"]] == [
        [MACHINE, EXECUTION],
        ["mine", MACHINE, EXECUTION],
    ]
    assert services.requests[0].body["Entries"][0]["Detail"] == '{"order":42}'
    assert put.keys() == {"Entries", "FailedEntryCount"}


async def test_one_refused_event_fails_the_task(calls: TaskCalls) -> None:
    """The cause is the whole answer."""
    error, cause = await get_failure(
        calls, "events:putEvents", {"Entries": [{"Source": "s"}, {"Detail": "{}"}]}
    )
    assert error == "EventBridge.FailedEntry"
    answer = json.loads(cause)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1]["ErrorCode"] == "InvalidArgument"


async def test_a_call_is_signed_with_the_configured_key(services: AwsServices) -> None:
    """DynamoDB Local distinguishes callers by it."""
    environment = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "secret"}
    credentials, ireland = Credentials.from_environment(environment), Account(region="eu-west-1")
    async with TaskCalls(services.endpoints(), account=ireland, credentials=credentials) as calls:
        await get_result(calls, "sqs:sendMessage", MESSAGE)
    authorization = services.requests[0].headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=mine/")
    assert "/eu-west-1/sqs/aws4_request, " in authorization
    assert "secret" not in repr(credentials)


async def test_a_service_without_an_endpoint_fails_the_task() -> None:
    """The cause names the missing setting."""
    async with TaskCalls({}) as calls:
        error, cause = await get_failure(calls, "sqs:sendMessage", MESSAGE)
    assert error == "SQS.SdkClientException"
    assert cause == (
        "Unable to execute HTTP request: there is no endpoint to call. "
        "Set SQS_ENDPOINT, or --sqs-endpoint, to the URL where the service is."
    )


async def test_an_unreachable_service_fails_the_task(caplog: pytest.LogCaptureFixture) -> None:
    """The failure is logged once, even if it repeats."""
    async with TaskCalls({"sns": "http://127.0.0.1:9"}) as calls:
        for _ in range(2):
            error, cause = await get_failure(calls, "sns:publish", {"TopicArn": TOPIC, "Message": "m"})
    assert error == "SNS.SdkClientException"
    assert cause.startswith("Unable to execute HTTP request to http://127.0.0.1:9: ")
    assert cause.endswith("Is the service running there? SNS_ENDPOINT says where it is.")
    assert [record.message for record in caplog.records] == [cause]


@pytest.mark.parametrize("answer", ["<html>It works!</html>", "[]", "\x00"])
async def test_an_answer_of_another_program_fails_the_task(answer: str) -> None:
    """That program listens at the endpoint of the service."""

    async def respond(request: web.BaseRequest) -> web.Response:  # noqa: ARG001 - a handler's signature
        return web.Response(text=answer)

    async with (
        Listener(respond, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"sqs": listener.url}) as calls,
    ):
        error, cause = await get_failure(calls, "sqs:sendMessage", MESSAGE)
    assert error == "SQS.SdkClientException"
    assert cause.startswith("Unable to unmarshall response (")


async def test_a_call_times_out() -> None:
    """Its time starts with the call."""

    async def respond_late(request: web.BaseRequest) -> web.Response:  # noqa: ARG001 - a handler's signature
        await asyncio.sleep(60)
        return web.Response()

    async with (
        Listener(respond_late, "127.0.0.1", 0, "--port") as listener,
        TaskCalls({"sqs": listener.url}) as calls,
    ):
        outcome = await calls.run(make_call("sqs:sendMessage", MESSAGE, timeout_seconds=1), CALLER)
    assert outcome == Failure("States.Timeout")


@pytest.mark.parametrize("value", ["\ud800", "a\nb", "\u00e9", "\x00"], ids=ascii)
def test_unsendable_character_becomes_a_question_mark(value: str) -> None:
    """As on AWS, whose SDK does so with half a surrogate: the service then refuses the value."""
    invoke = service_model("lambda").operation_model("Invoke")
    members = {"FunctionName": "f", "Qualifier": value, "ClientContext": f"<{value}>", "Payload": "{}"}
    request = Wire(Credentials(), "us-east-1").build_request(invoke, members, "http://127.0.0.1:1")
    context = request.headers["X-Amz-Client-Context"]
    assert context in {"<?>", b"<?>", "<a?b>", b"<a?b>"}
    assert "\n" not in request.url
