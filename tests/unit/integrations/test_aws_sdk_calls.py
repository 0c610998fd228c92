"""Calls of the SDK: what is sent, what comes back, and where it goes."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.integrations.endpoints import Endpoints
from stepfunctions_local.integrations.members import Conversion
from stepfunctions_local.integrations.response import ErrorResponse
from stepfunctions_local.integrations.service import SERVICES, service_of
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.integrations.wire import Wire
from stepfunctions_local.language import Integration, Json
from stepfunctions_local.language.aws_sdk import find_operation, sdk_service
from stepfunctions_local.language.operation import find_faults, is_made_up, java_case
from stepfunctions_local.language.resource import parse_resource
from stepfunctions_local.service_model import list_service_names, service_model
from tests.unit.integrations.calls import CALLER, get_failure, get_result

Respond: TypeAlias = Callable[[web.BaseRequest], web.Response]


@asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Serve answers, and yield the URL and the requests."""
    requests: list[dict[str, Any]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        body = await request.content.read()
        path = request.raw_path if isinstance(request, web.Request) else request.path_qs
        requests.append({"path": path, "headers": dict(request.headers), "body": body})
        return respond(request)

    async with Listener(answer, "127.0.0.1", 0, "--port") as listener:
        yield listener.url, requests


def make(name: str) -> Integration:
    """Return an integration of the SDK by its service and action."""
    integration = parse_resource(f"arn:aws:states:::aws-sdk:{name}")
    assert isinstance(integration, Integration)
    return integration


def find_code(shape: Any) -> str:
    """Return the code of an error in the service's own protocol."""
    code: str = shape.error_code
    return code


def build_minimum(shape: Any) -> Any:
    """Return the smallest value of a shape that has no fault."""
    if shape.type_name == "structure":
        needed = [name for name in shape.required_members if not is_made_up(shape.members[name])]
        return {java_case(name): build_minimum(shape.members[name]) for name in needed}
    if shape.type_name == "list":
        return [build_minimum(shape.member)]
    return {"map": {}, "boolean": True, "timestamp": "2026-11-28T09:30:00Z", "string": "x", "blob": "x"}.get(
        shape.type_name, 1
    )


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(list_service_names())), st.data())
def test_any_action_of_any_service_becomes_a_request(name: str, data: st.DataObject) -> None:
    """It goes to the endpoint alone, signed, in the protocol of the service."""
    model = service_model(name)
    operation = data.draw(st.sampled_from(sorted(model.operation_names)))
    service, action = sdk_service(model), operation[0].lower() + operation[1:]
    if service == "pinpointsmsvoice" or find_operation(service, action) is None:
        return
    integration = make(f"{service}:{action}")
    shape = integration.operation.input_shape
    parameters = build_minimum(shape) if shape else {}
    assert find_faults(integration, parameters) == []
    call = ServiceCall.of(integration, parameters, CALLER)
    request = call.build_request(Wire(Credentials(), "us-east-1"), "http://127.0.0.1:1")
    assert request.url.startswith("http://127.0.0.1:1/")
    assert "AWS4-HMAC-SHA256" in str(request.headers["Authorization"])


def test_structure_is_no_text_even_if_its_name_says_payload() -> None:
    """Of another service it would be JSON text."""
    integration = make("partnercentralselling:createEngagementContext")
    parameters = build_minimum(integration.operation.input_shape)
    assert parameters["Payload"] == {}
    call = ServiceCall.of(integration, parameters, CALLER)
    request = call.build_request(Wire(Credentials(), "us-east-1"), "http://127.0.0.1:1")
    assert isinstance(request.body, bytes)
    assert json.loads(request.body)["Payload"] == {}


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(list_service_names())), st.data())
def test_any_error_of_any_service_has_the_name_of_the_sdk(name: str, data: st.DataObject) -> None:
    """It begins with the name of the service, and ends in Exception."""
    model = service_model(name)
    service, (first, *_) = sdk_service(model), sorted(model.operation_names)
    action = first[0].lower() + first[1:]
    if service == "pinpointsmsvoice" or find_operation(service, action) is None or not model.error_shapes:
        return
    called = service_of(make(f"{service}:{action}"))
    shape = data.draw(st.sampled_from(model.error_shapes))
    failure = called.to_failure(ErrorResponse(find_code(shape), "Why", 400, "r"))
    assert failure.error is not None
    assert failure.error.startswith(f"{called.error_prefix}.")
    assert failure.error.endswith("Exception")
    assert not failure.error.endswith("ExceptionException")
    unknown = called.to_failure(ErrorResponse("Nothing", "Why", 400, "r"))
    assert failure.cause == unknown.cause
    assert (unknown.cause or "").startswith("Why (Service: ")


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("s3:getObject", "NoSuchKey", "S3.NoSuchKeyException"),
        ("s3:headObject", "404", "S3.NoSuchKeyException"),
        ("s3:getObject", "AccessDenied", "S3.S3Exception"),
        ("dynamodb:putItem", "ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"),
        ("sfn:startExecution", "StateMachineDoesNotExist", "Sfn.StateMachineDoesNotExistException"),
        ("rds:describeDBInstances", "DBInstanceNotFound", "Rds.DbInstanceNotFoundException"),
        ("lambda:invoke", "EC2ThrottledException", "Lambda.Ec2ThrottledException"),
        ("ssm:getParameter", "ParameterNotFound", "Ssm.ParameterNotFoundException"),
        ("secretsmanager:getSecretValue", "AccessDeniedException", "SecretsManager.SecretsManagerException"),
        (
            "acmpca:deleteCertificateAuthority",
            "ResourceNotFoundException",
            "AcmPca.ResourceNotFoundException",
        ),
    ],
)
def test_errors_have_the_names_that_a_catch_has(name: str, code: str, error: str) -> None:
    """An error that the model lacks has the general name of its service."""
    integration = make(name)
    failure = service_of(integration).to_failure(
        ErrorResponse(code, "Why", 404, "r", extended_id="x"), integration.operation
    )
    short = error.partition(".")[0]
    assert (failure.error, failure.cause) == (
        error,
        f"Why (Service: {short}, Status Code: 404, Request ID: r, Extended Request ID: x)",
    )


@pytest.mark.parametrize(
    ("body", "sent"),
    [("text", b"text"), ({"Dict": "Value"}, b'{"Dict":"Value"}'), (False, b"false"), (1, b"1")],
)
async def test_a_stream_is_text(body: Json, sent: bytes) -> None:
    """Anything else is sent as JSON, with the type and the checksum that the SDK for Java adds."""
    async with (
        serving(lambda _: web.Response(headers={"ETag": '"e"'})) as (url, requests),
        TaskCalls({"s3": url}) as calls,
    ):
        result = await get_result(calls, "aws-sdk:s3:putObject", {"Bucket": "b", "Key": "a b", "Body": body})
        assert result == {"ETag": '"e"'}
        (request,) = requests
    assert (request["path"], request["body"]) == ("/b/a%20b", sent)
    assert request["headers"]["Content-Type"] == "text/plain; charset=UTF-8"
    assert request["headers"]["x-amz-checksum-crc32"]


@pytest.mark.parametrize(
    ("body", "shown"), [(b"byte array data", "byte array data"), (b"", ""), (b"\xff\x00", "/wA=")]
)
async def test_a_stream_is_read_as_text(body: bytes, shown: str) -> None:
    """Bytes that are no text are base64. The result has no metadata of the SDK, and times in ISO 8601."""
    headers = {"Last-Modified": "Sat, 28 Nov 2026 09:30:00 GMT", "x-amz-meta-a": "1"}
    async with (
        serving(lambda _: web.Response(body=body, headers=headers)) as (url, _),
        TaskCalls({"s3": url}) as calls,
    ):
        result = await get_result(calls, "aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"})
    assert result.pop("Body") == shown
    assert result.pop("LastModified") == "2026-11-28T09:30:00Z"
    assert result["Metadata"] == {"a": "1"}
    assert result.keys() <= {"Metadata", "ContentLength", "ContentType"}


async def test_bytes_within_json_are_text_too() -> None:
    """KMS encrypts the text; its answer is no text and is base64."""
    answer = {"CiphertextBlob": base64.b64encode(b"\xff\xfe").decode(), "KeyId": "k"}
    async with (
        serving(lambda _: web.json_response(answer)) as (url, requests),
        TaskCalls({"kms": url}) as calls,
    ):
        result = await get_result(calls, "aws-sdk:kms:encrypt", {"KeyId": "k", "Plaintext": "plain_text"})
    assert result == answer
    assert json.loads(requests[0]["body"])["Plaintext"] == base64.b64encode(b"plain_text").decode()


async def test_a_repeated_call_has_the_same_token() -> None:
    """An idempotent operation happens once, even if a restart repeats the call."""
    parameters: dict[str, Json] = {"ApplicationId": "a", "ExecutionRoleArn": "r"}
    answer = {"applicationId": "a", "jobRunId": "j", "arn": "n"}
    async with (
        serving(lambda _: web.json_response(answer)) as (url, requests),
        TaskCalls({"emrserverless": url}) as calls,
    ):
        for _ in range(2):
            await get_result(calls, "aws-sdk:emrserverless:startJobRun", parameters)
    first, second = (json.loads(request["body"])["clientToken"] for request in requests)
    assert first == second


async def test_a_redirect_is_not_followed() -> None:
    """It might lead to AWS."""
    redirect = web.HTTPTemporaryRedirect("http://127.0.0.1:9/aws")
    async with (
        serving(lambda _: web.Response(status=307, headers=redirect.headers)) as (url, requests),
        TaskCalls({"s3": url}) as calls,
    ):
        error, cause = await get_failure(calls, "aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"})
    assert error.startswith("S3.")
    assert "Status Code: 307" in cause
    assert len(requests) == 1


def test_a_value_of_the_model_named_equals_has_the_name_of_aws() -> None:
    """Java has a method of that name."""
    assert java_case("equals") == "EqualsValue"
    shape = service_model("scheduler").operation_model("GetSchedule").output_shape
    assert shape is not None
    assert Conversion(is_aws_sdk=True).to_output(shape, {"Name": "n"}) == {"Name": "n"}


S3 = make("s3:getObject")
LOGS = make("cloudwatchlogs:startQuery")
SQS = make("sqs:sendMessage")
EVENTS = make("eventbridge:putEvents")


@pytest.mark.parametrize(
    ("integration", "named", "environment", "found"),
    [
        (S3, {}, {}, None),
        (S3, {}, {"AWS_ENDPOINT_URL": ""}, None),
        (S3, {}, {"AWS_ENDPOINT_URL": "http://all"}, "http://all"),
        (S3, {}, {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3"}, "http://s3"),
        (S3, {"s3": "http://mine"}, {"AWS_ENDPOINT_URL_S3": "http://s3"}, "http://mine"),
        (LOGS, {}, {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "http://logs"}, "http://logs"),
        (LOGS, {"cloudwatchlogs": "http://mine"}, {}, "http://mine"),
        (SQS, {"sqs": "http://sqs"}, {"AWS_ENDPOINT_URL_SQS": "http://other"}, "http://sqs"),
        (SQS, {}, {"AWS_ENDPOINT_URL_SQS": "http://other"}, "http://other"),
        (EVENTS, {"events": "http://events"}, {}, "http://events"),
        (EVENTS, {"eventbridge": "http://events"}, {}, "http://events"),
        (make("lambda:invoke"), {}, {"AWS_ENDPOINT_URL": "http://all"}, None),
        (make("sfn:startExecution"), {}, {"AWS_ENDPOINT_URL_SFN": "http://own"}, None),
        (S3, {}, {"AWS_ENDPOINT_URL": "http://own/"}, None),
        (S3, {}, {"AWS_ENDPOINT_URL_S3": "http://own"}, "http://own"),
    ],
)
def test_a_call_goes_where_the_settings_say(
    integration: Integration, named: dict[str, str], environment: dict[str, str], found: str | None
) -> None:
    """A setting wins over AWS's variable for the service, and that over the one for all services.

    The variable for all services may be there for clients of this endpoint, and then lead to it.
    """
    assert Endpoints(named, environment).find(service_of(integration), "http://own") == found


CARELESS: tuple[tuple[str, dict[str, Json], str], ...] = (
    ("aws-sdk:s3:listBuckets", {}, "AWS_ENDPOINT_URL_S3, or AWS_ENDPOINT_URL for all services"),
    ("aws-sdk:ec2:terminateInstances", {"InstanceIds": ["i"]}, "AWS_ENDPOINT_URL_EC2, or AWS_ENDPOINT_URL"),
    ("aws-sdk:cloudwatchlogs:startQuery", {}, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, or AWS_ENDPOINT_URL"),
    ("aws-sdk:dynamodb:deleteTable", {"TableName": "t"}, "DYNAMODB_ENDPOINT, or --dynamodb-endpoint"),
    ("athena:startQueryExecution", {"QueryString": "q"}, "AWS_ENDPOINT_URL_ATHENA, or AWS_ENDPOINT_URL"),
    ("ecs:runTask", {"TaskDefinition": "t"}, "ECS_ENDPOINT, or --ecs-endpoint"),
    ("apigateway:invoke", {"ApiEndpoint": "a", "Method": "GET"}, "APIGATEWAY_ENDPOINT, or --apigateway"),
    ("http:invoke", {"ApiEndpoint": "https://example.com", "Method": "GET"}, "HTTP_ENDPOINT, or --http"),
    ("lambda:invoke", {"FunctionName": "f"}, "LAMBDA_ENDPOINT"),
)


@pytest.mark.parametrize(("name", "parameters", "named"), CARELESS)
async def test_nothing_is_sent_without_an_endpoint(
    name: str, parameters: dict[str, Json], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if the environment has real credentials. The cause names the variable."""

    async def connect(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    credentials = Credentials("AKIAREAL", "secret")
    async with TaskCalls({}, environment={"AWS_PROFILE": "prod"}, credentials=credentials) as calls:
        error, cause = await get_failure(calls, name, parameters)
    assert error.endswith((".SdkClientException", ".Socket"))
    assert f"there is no endpoint to call. Set {named}" in cause


def test_every_service_of_the_table_has_a_way_to_its_endpoint() -> None:
    """It has a setting, or AWS has a variable."""
    missing = [Endpoints({}, {}).describe_missing(service) for service in SERVICES.values()]
    assert all("_ENDPOINT" in text for text in missing)
