"""Names, invocation types and refusals of the endpoint."""

import asyncio
import base64
import json
from pathlib import Path

import aiohttp
import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from tests.contract.lambdas.harness import Client, Functions

ARN = "arn:aws:lambda:eu-west-1:000000000001:function:echo"


@pytest.mark.parametrize(
    "name",
    [
        "echo",
        "echo:$LATEST",
        "echo:live",
        ARN,
        f"{ARN}:live",
        "000000000001:function:echo",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000001%3Afunction%3Aecho%3A%24LATEST",
        "%65cho%3Alive",
        "arn:aws:lambda:us-west-2:function:echo",
        "arn:aws:lambda:us-west-2::function:echo",
        "arn:aws:lambda:::function:echo:live",
    ],
)
async def test_function_has_many_names(client: Client, name: str) -> None:
    """Names and ARNs work with or without account and qualifier, and percent-encoded."""
    assert (await client.invoke(name)).status == 200


async def test_function_has_the_name_in_its_template(client: Client, functions: Functions) -> None:
    """The ARN in the context has it too."""
    functions.add("context", function_name="orders-context")
    functions.served["orders-context"] = functions.served["context"]
    seen = (await client.invoke("orders-context", query="?Qualifier=live")).json()
    assert seen["arn"] == "arn:aws:lambda:eu-west-1:000000000001:function:orders-context:live"


async def test_two_qualifiers_must_agree(client: Client) -> None:
    """Different qualifiers in the name and the query are refused, as on AWS."""
    reply = await client.invoke("echo:live", query="?Qualifier=test")
    assert (reply.status, reply.error_type) == (400, "InvalidParameterValueException")
    assert (await client.invoke("echo:live", query="?Qualifier=live")).status == 200


async def test_unknown_function_is_not_found(client: Client) -> None:
    """The answer is 404, with the ARN that the function would have."""
    reply = await client.invoke("Nope")
    assert (reply.status, reply.error_type) == (404, "ResourceNotFoundException")
    assert reply.json() == {
        "Type": "User",
        "Message": "Function not found: arn:aws:lambda:eu-west-1:000000000001:function:Nope",
    }


@pytest.mark.parametrize("name", ["bad name", "bad%20name", "a%2Fb", "%ff", "arn:aws:lambda", "x" * 257])
async def test_invalid_name_is_refused(client: Client, name: str) -> None:
    """An overlong name or an invalid character is 400, even for an unknown function."""
    reply = await client.invoke(name.replace(" ", "%20"))
    assert (reply.status, reply.error_type) == (400, "ValidationException")
    assert reply.json()["Message"].startswith("1 validation error detected: Value '")
    assert "at 'functionName' failed to satisfy constraint: " in reply.json()["Message"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"NaN", b"{'a': 1}", b"[" * 100_000, b'{"a": 1} x'])
async def test_body_that_is_not_json_is_refused(client: Client, body: bytes) -> None:
    """The answer is 400, even for an unknown function."""
    reply = await client.invoke("Nope", body)
    assert (reply.status, reply.error_type) == (400, "InvalidRequestContentException")
    assert reply.json() == {
        "Type": "User",
        "Message": "Could not parse request body into json: No JSON object could be decoded",
    }


async def test_event_over_6_mb_is_refused(client: Client) -> None:
    """The answer is 413. An event at the limit is accepted."""
    reply = await client.invoke("echo", b'"' + b"x" * 6_291_455 + b'"')
    assert (reply.status, reply.error_type) == (413, "RequestEntityTooLargeException")
    assert (await client.invoke("echo", b'"' + b"x" * 6_291_454 + b'"')).status == 200


async def test_event_runs_in_the_background(client: Client, functions: Functions, tmp_path: Path) -> None:
    """The answer is 202 without a body."""
    functions.add("leaving_a_file")
    file = tmp_path / "written"
    reply = await client.invoke("leaving_a_file", json.dumps(str(file)).encode(), Invocation_Type="Event")
    assert (reply.status, reply.body) == (202, b"")
    async with asyncio.timeout(60):
        while not file.exists():  # noqa: ASYNC110 - the function is another process
            await asyncio.sleep(0.01)


async def test_event_for_an_unknown_function_is_not_found(client: Client) -> None:
    """The answer is 404, not 202."""
    assert (await client.invoke("Nope", Invocation_Type="Event")).status == 404


async def test_asynchronous_event_over_1_mb_is_refused(client: Client) -> None:
    """Asynchronous events have a lower limit."""
    reply = await client.invoke("echo", b'"' + b"x" * 1_048_576 + b'"', Invocation_Type="Event")
    assert reply.status == 413


async def test_dry_run_runs_nothing(client: Client, functions: Functions) -> None:
    """The answer is 204 if the function exists."""
    reply = await client.invoke("echo", Invocation_Type="DryRun")
    assert (reply.status, reply.body) == (204, b"")
    assert functions.log.getvalue() == ""
    assert (await client.invoke("Nope", Invocation_Type="DryRun")).status == 404


async def test_unknown_invocation_type_is_not_supported(client: Client) -> None:
    """The answer is 501, as with sam local."""
    reply = await client.invoke("echo", Invocation_Type="Later")
    assert (reply.status, reply.error_type, reply.json()["Type"]) == (501, "NotImplemented", "LocalService")


async def test_unknown_log_type_is_refused(client: Client) -> None:
    """The answer is 400."""
    reply = await client.invoke("echo", Log_Type="Head")
    assert (reply.status, reply.error_type) == (400, "ValidationException")


@pytest.mark.parametrize(
    "context",
    ["not base64!", base64.b64encode(b"{").decode(), base64.b64encode(b"[]").decode(), "e30=" * 1_000],
)
async def test_client_context_must_be_a_small_json_object(client: Client, context: str) -> None:
    """Anything else in base64, or over 3,583 bytes, is 400."""
    reply = await client.invoke("echo", Client_Context=context)
    assert (reply.status, reply.error_type) == (400, "InvalidRequestContentException")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/2015-03-31/functions/echo/invocations", 405),
        ("PATCH", "/2015-03-31/functions/", 405),
        ("GET", "/2015-03-31/functions/", 501),
        ("POST", "/2021-11-15/functions/echo/response-streaming-invocations", 501),
        ("POST", "/2015-03-31/functions//invocations", 404),
    ],
)
async def test_other_requests_are_refused(client: Client, method: str, path: str, status: int) -> None:
    """They are 404, 405, or 501 for another operation of AWS. The body is in AWS's format."""
    reply = await client.send(method, path)
    assert reply.status == status
    assert reply.json().keys() == {"Type", "Message"}
    assert reply.error_type


async def test_calls_run_concurrently(client: Client, functions: Functions) -> None:
    """Two workers serve two calls at a time; a third waits its turn."""
    functions.add("sleeping")
    replies = await asyncio.gather(*(client.invoke("sleeping", b'{"seconds": 0.2}') for _ in range(3)))
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert len({reply.json() for reply in replies}) == 2


async def test_boto3_invokes_functions(client: Client, functions: Functions) -> None:
    """It needs only the URL of the endpoint, and finds the error of a function."""
    functions.add("raising")
    sdk = boto3.client(
        "lambda",
        endpoint_url=client.url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    answer = await asyncio.to_thread(
        sdk.invoke, FunctionName=ARN, Qualifier="$LATEST", Payload=b'{"a": 1}', LogType="Tail"
    )
    assert await asyncio.to_thread(answer["Payload"].read) == b'{"a": 1}'
    assert answer["ExecutedVersion"] == "$LATEST"
    assert b"START RequestId" in base64.b64decode(answer["LogResult"])
    assert (await asyncio.to_thread(sdk.invoke, FunctionName="raising"))["FunctionError"] == "Unhandled"
    await asyncio.to_thread(sdk.close)


async def test_client_that_expects_100_continue_gets_it(client: Client) -> None:
    """A client such as curl waits for it before it sends a large body."""
    host, port = client.url.removeprefix("http://").split(":")
    reading, writing = await asyncio.open_connection(host, int(port))
    writing.write(
        b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    assert await asyncio.wait_for(reading.readline(), 60) == b"HTTP/1.1 100 Continue\r\n"
    writing.write(b"42")
    await reading.readline()
    assert await asyncio.wait_for(reading.readline(), 60) == b"HTTP/1.1 200 OK\r\n"
    writing.close()
    await writing.wait_closed()


@pytest.mark.parametrize("encoding", ["gzip", "br", "unknown"])
async def test_encoded_body_is_refused(client: Client, encoding: str) -> None:
    """AWS's SDKs send none. The error is AWS's for a body that it cannot decompress."""
    path = f"{client.url}/2015-03-31/functions/echo/invocations"
    async with client.session.post(path, data=b"1", headers={"Content-Encoding": encoding}) as response:
        assert response.status == 400
        assert response.headers["x-amzn-errortype"] == "MalformedHttpRequestException"


@pytest.mark.parametrize("qualifier", ["a%0Ab", "%0D%0AX-A: b", "%ff", "a b", "x" * 129])
async def test_qualifier_outside_the_model_is_refused(client: Client, qualifier: str) -> None:
    """It would become part of a header for the worker. A line break in it does not wait for the timeout."""
    path = URL(
        f"{client.url}/2015-03-31/functions/echo/invocations?Qualifier={qualifier.replace(' ', '%20')}",
        encoded=True,
    )
    async with client.session.post(path, data=b"1") as response:
        assert response.status == 400
        assert response.headers["x-amzn-errortype"] == "ValidationException"
        assert "at 'qualifier' failed to satisfy constraint" in (await response.json())["Message"]


async def test_trace_id_that_no_header_can_carry_is_left_out(client: Client) -> None:
    """The function runs with a trace id of its own."""
    host, port = client.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    writer.write(head + b"X-Amzn-Trace-Id: \xff\r\n\r\n1")
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.close()
    await writer.wait_closed()


async def test_unsupported_function_is_not_implemented(functions: Functions) -> None:
    """The answer is 501 with the reason."""

    class Unserved(dict[str, Function]):
        def __missing__(self, name: str) -> Function:
            raise TemplateError(f"{name} has the runtime nodejs22.x")

    endpoint = LambdaEndpoint(Unserved(functions.served), port=0, log=functions.log)
    async with endpoint, aiohttp.ClientSession() as session:
        reply = await Client(endpoint.url, session).invoke("Node")
        assert (reply.status, reply.error_type) == (501, "NotImplemented")
        assert reply.json()["Message"] == "Node has the runtime nodejs22.x"


@given(
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=40),
    header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip),
    body=st.binary(max_size=20),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_no_request_is_a_server_error(client: Client, path: str, header: str, body: bytes) -> None:
    """Any request for an unknown function is refused."""
    reply = await client.invoke("Nope" + path, body, Client_Context=header, Invocation_Type=header)
    assert reply.status in (400, 404, 405, 501)
