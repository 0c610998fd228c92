"""What may be asked, under which name, and how the endpoint says no."""

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
async def test_function_goes_by_many_names(client: Client, name: str) -> None:
    """Name, partial ARN, ARN with or without account, each with a qualifier, or percent-encoded."""
    assert (await client.invoke(name)).status == 200


async def test_name_in_the_template_works_as_well(client: Client, functions: Functions) -> None:
    """The context's ARN has the name that the template gives."""
    functions.add("context", function_name="orders-context")
    functions.served["orders-context"] = functions.served["context"]
    seen = (await client.invoke("orders-context", query="?Qualifier=live")).json()
    assert seen["arn"] == "arn:aws:lambda:eu-west-1:000000000001:function:orders-context:live"


async def test_two_qualifiers_must_agree(client: Client) -> None:
    """A qualifier in the name and another in the query are refused, as AWS does."""
    reply = await client.invoke("echo:live", query="?Qualifier=test")
    assert (reply.status, reply.error_type) == (400, "InvalidParameterValueException")
    assert (await client.invoke("echo:live", query="?Qualifier=live")).status == 200


async def test_unknown_function_is_not_found(client: Client) -> None:
    """An unknown function is 404, with the ARN it would have."""
    reply = await client.invoke("Nope")
    assert (reply.status, reply.error_type) == (404, "ResourceNotFound")
    assert reply.json() == {
        "Type": "User",
        "Message": "Function not found: arn:aws:lambda:eu-west-1:000000000001:function:Nope",
    }


@pytest.mark.parametrize("name", ["bad name", "bad%20name", "a%2Fb", "%ff", "arn:aws:lambda", "x" * 257])
async def test_forbidden_name_is_refused(client: Client, name: str) -> None:
    """A name with characters that AWS forbids, or too many, is 400 before it is looked up."""
    reply = await client.invoke(name.replace(" ", "%20"))
    assert (reply.status, reply.error_type) == (400, "ValidationException")
    assert reply.json()["Message"].startswith("1 validation error detected: Value '")
    assert "at 'functionName' failed to satisfy constraint: " in reply.json()["Message"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"NaN", b"{'a': 1}", b"[" * 100_000, b'{"a": 1} x'])
async def test_body_that_is_not_json_is_refused_first(client: Client, body: bytes) -> None:
    """What is not JSON is 400, before the function is looked up."""
    reply = await client.invoke("Nope", body)
    assert (reply.status, reply.error_type) == (400, "InvalidRequestContent")
    assert reply.json() == {
        "Type": "User",
        "Message": "Could not parse request body into json: No JSON object could be decoded",
    }


async def test_event_over_6_mb_is_refused(client: Client) -> None:
    """An event over the limit is 413; one at the limit is taken."""
    reply = await client.invoke("echo", b'"' + b"x" * 6_291_455 + b'"')
    assert (reply.status, reply.error_type) == (413, "RequestEntityTooLargeException")
    assert (await client.invoke("echo", b'"' + b"x" * 6_291_454 + b'"')).status == 200


async def test_event_runs_in_the_background(client: Client, functions: Functions, tmp_path: Path) -> None:
    """An Event is answered with 202 and no body, and runs."""
    functions.add("leaving_a_file")
    file = tmp_path / "written"
    reply = await client.invoke("leaving_a_file", json.dumps(str(file)).encode(), Invocation_Type="Event")
    assert (reply.status, reply.body) == (202, b"")
    for _ in range(500):
        if file.exists():
            return
        await asyncio.sleep(0.01)
    pytest.fail("The event has not run within 5 seconds.")


async def test_event_for_an_unknown_function_is_not_found(client: Client) -> None:
    """An Event for a function that is not there is 404, not 202."""
    assert (await client.invoke("Nope", Invocation_Type="Event")).status == 404


async def test_event_over_1_mb_is_refused(client: Client) -> None:
    """Asynchronous events are smaller."""
    reply = await client.invoke("echo", b'"' + b"x" * 1_048_576 + b'"', Invocation_Type="Event")
    assert reply.status == 413


async def test_dry_run_runs_nothing(client: Client, functions: Functions) -> None:
    """DryRun is 204 for a function that could be called, and calls nothing."""
    reply = await client.invoke("echo", Invocation_Type="DryRun")
    assert (reply.status, reply.body) == (204, b"")
    assert functions.log.getvalue() == ""
    assert (await client.invoke("Nope", Invocation_Type="DryRun")).status == 404


async def test_unknown_invocation_type_is_not_supported(client: Client) -> None:
    """An invocation type that nobody knows is 501, as sam local answers it."""
    reply = await client.invoke("echo", Invocation_Type="Later")
    assert (reply.status, reply.error_type, reply.json()["Type"]) == (501, "NotImplemented", "LocalService")


async def test_unknown_log_type_is_refused(client: Client) -> None:
    """A log type that AWS does not have is 400."""
    reply = await client.invoke("echo", Log_Type="Head")
    assert (reply.status, reply.error_type) == (400, "ValidationException")


@pytest.mark.parametrize(
    "context",
    ["not base64!", base64.b64encode(b"{").decode(), base64.b64encode(b"[]").decode(), "e30=" * 1_000],
)
async def test_client_context_must_be_a_small_json_object(client: Client, context: str) -> None:
    """What is no object in base64, or over 3,583 bytes, is 400."""
    reply = await client.invoke("echo", Client_Context=context)
    assert (reply.status, reply.error_type) == (400, "InvalidRequestContent")


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
    """What is no Invoke is 404, 405, or 501 where AWS has an operation, in the shape of AWS's errors."""
    reply = await client.send(method, path)
    assert reply.status == status
    assert reply.json().keys() == {"Type", "Message"}
    assert reply.error_type


async def test_calls_run_side_by_side(client: Client, functions: Functions) -> None:
    """Two calls of one function that has two workers take the time of one; a third waits its turn."""
    functions.add("sleeping")
    replies = await asyncio.gather(*(client.invoke("sleeping", b'{"seconds": 0.2}') for _ in range(3)))
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert len({reply.json() for reply in replies}) == 2


async def test_boto3_invokes(client: Client, functions: Functions) -> None:
    """An SDK needs no more than the endpoint's URL; an error of the function is where it looks for it."""
    functions.add("raising")
    sdk = boto3.client(
        "lambda",
        endpoint_url=client.url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - none
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


async def test_body_that_is_held_back_is_asked_for(client: Client) -> None:
    """A client that waits for 100 Continue, as curl does before a large body, gets it."""
    host, port = client.url.removeprefix("http://").split(":")
    reading, writing = await asyncio.open_connection(host, int(port))
    writing.write(
        b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    assert await asyncio.wait_for(reading.readline(), 5) == b"HTTP/1.1 100 Continue\r\n"
    writing.write(b"42")
    await reading.readline()
    assert await asyncio.wait_for(reading.readline(), 5) == b"HTTP/1.1 200 OK\r\n"
    writing.close()
    await writing.wait_closed()


async def test_body_that_cannot_be_unpacked_is_refused(client: Client) -> None:
    """A body that says it is compressed and is not is the client's error."""
    path = f"{client.url}/2015-03-31/functions/echo/invocations"
    async with client.session.post(path, data=b"none", headers={"Content-Encoding": "gzip"}) as response:
        assert response.status == 400


async def test_function_that_cannot_be_served_says_why(functions: Functions) -> None:
    """A function that the template has, but this machine cannot run, is 501 with the reason."""

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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_input_is_a_server_error(client: Client, path: str, header: str, body: bytes) -> None:
    """Whatever is asked of a function that is not there, the answer is a refusal."""
    reply = await client.invoke("Nope" + path, body, Client_Context=header, Invocation_Type=header)
    assert reply.status in (400, 404, 405, 501)
