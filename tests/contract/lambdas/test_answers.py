"""The answer to each end of a function: a value, its own error or an error of Lambda."""

import json
import os
from pathlib import Path

import pytest

from tests.contract.lambdas.harness import Client, Functions


async def test_handler_gets_the_event_and_its_value_is_the_answer(client: Client) -> None:
    """Both are JSON."""
    reply = await client.invoke("echo", b'{"expirydate": 11, "a": 1233333}')
    assert (reply.status, reply.json()) == (200, {"expirydate": 11, "a": 1233333})
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["X-Amz-Executed-Version"] == "$LATEST"
    assert reply.headers["x-amzn-RequestId"]
    assert reply.function_error is None


async def test_empty_body_is_an_empty_event(client: Client) -> None:
    """The event is `{}`."""
    assert (await client.invoke("echo", b"")).json() == {}


@pytest.mark.parametrize(
    ("handler", "body"),
    [("none", b"null"), ("plain_text", b'"plain text"'), ("greek", '"αβγ"'.encode())],
)
async def test_values_are_json(client: Client, functions: Functions, handler: str, body: bytes) -> None:
    """None becomes null, and text becomes a JSON string in UTF-8."""
    functions.add(handler)
    assert (await client.invoke(handler)).body == body


async def test_exception_of_a_handler_is_an_error(client: Client, functions: Functions) -> None:
    """The status is 200, with the error header. The body has type, message and stack trace."""
    functions.add("raising")
    reply = await client.invoke("raising")
    error = reply.json()
    assert (reply.status, reply.function_error) == (200, "Unhandled")
    assert error["errorType"] == "ValueError"
    assert error["errorMessage"] == "the order does not exist"
    assert error["requestId"] == reply.headers["x-amzn-RequestId"]
    assert "handlers.py" in error["stackTrace"][0]


async def test_value_that_is_not_json_is_an_error(client: Client, functions: Functions) -> None:
    """The error is Runtime.MarshalError."""
    functions.add("not_json")
    reply = await client.invoke("not_json")
    assert (reply.status, reply.function_error) == (200, "Unhandled")
    assert reply.json()["errorType"] == "Runtime.MarshalError"
    expected = "Unable to marshal response: Object of type datetime is not JSON serializable"
    assert reply.json()["errorMessage"] == expected


async def test_answer_over_6_mb_is_an_error(client: Client, functions: Functions) -> None:
    """One byte over the limit is Function.ResponseSizeTooLarge; the next invocation is served."""
    functions.add("too_long")
    for _ in range(2):
        reply = await client.invoke("too_long")
        assert (reply.status, reply.function_error) == (200, "Unhandled")
        assert reply.json() == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }


async def test_answer_of_6_mb_is_accepted(client: Client, functions: Functions) -> None:
    """The longest answer that AWS accepts comes back whole."""
    functions.add("longest")
    assert len((await client.invoke("longest")).body) == 6_291_556


@pytest.mark.parametrize(
    ("handler", "event", "reason"),
    [
        ("exiting", b"3", "with error: exit status 3"),
        ("exiting", b"0", "without providing a reason"),
        ("leaving", b"3", "with error: exit status 3"),
        ("leaving", b"0", "without providing a reason"),
        ("killing_itself", b"0", "with error: signal: killed"),
    ],
)
async def test_exit_of_the_process_is_an_error(
    client: Client, functions: Functions, handler: str, event: bytes, reason: str
) -> None:
    """Runtime.ExitError names the exit status or the signal."""
    functions.add(handler)
    reply = await client.invoke(handler, event)
    request_id = reply.headers["x-amzn-RequestId"]
    assert (reply.status, reply.function_error) == (200, "Unhandled")
    assert reply.json() == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited {reason}",
    }


async def test_timeout_is_an_error_and_the_next_call_works(client: Client, functions: Functions) -> None:
    """The handler is killed, and the function is served again."""
    functions.add("sleeping", timeout_seconds=1)
    reply = await client.invoke("sleeping")
    request_id = reply.headers["x-amzn-RequestId"]
    assert (reply.status, reply.function_error) == (200, "Unhandled")
    assert reply.json() == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }
    assert (await client.invoke("sleeping", b'{"seconds": 0}')).function_error is None


@pytest.mark.parametrize(
    ("handler", "type_"),
    [
        ("handlers.nowhere", "Runtime.HandlerNotFound"),
        ("nowhere.handler", "Runtime.ImportModuleError"),
        ("broken.handler", "Runtime.UserCodeSyntaxError"),
        ("unready.handler", "ZeroDivisionError"),
        ("leaving_early.handler", "Runtime.ExitError"),
    ],
)
async def test_code_that_cannot_be_loaded_is_an_error(
    client: Client, functions: Functions, handler: str, type_: str
) -> None:
    """Every call gets the error of the code, not a timeout."""
    (functions.code / "broken.py").write_text("def handler(:\n")
    (functions.code / "unready.py").write_text("1 / 0\n")
    (functions.code / "leaving_early.py").write_text("import os\nos._exit(4)\n")
    functions.add("failing", handler)
    for _ in range(2):
        reply = await client.invoke("failing")
        assert (reply.status, reply.function_error, reply.json()["errorType"]) == (200, "Unhandled", type_)


async def test_next_call_runs_the_new_build(client: Client, functions: Functions) -> None:
    """The code is replaced as sam build does it."""
    functions.add("build", "app.handler")
    (functions.code / "app.py").write_text("def handler(event, context): return 1\n")
    assert (await client.invoke("build")).json() == 1
    (functions.code / "app.py").unlink()
    (functions.code / "app.py").write_text("def handler(event, context): return 2\n")
    assert (await client.invoke("build")).json() == 2


async def test_missing_code_fails_the_call(client: Client, functions: Functions, tmp_path: Path) -> None:
    """The error can be retried, and its message says to run `sam build`."""
    functions.code.rename(tmp_path / "away")
    reply = await client.invoke("echo")
    assert (reply.status, reply.error_type) == (500, "ServiceException")
    assert "run `sam build`" in reply.json()["Message"]
    (tmp_path / "away").rename(functions.code)
    assert (await client.invoke("echo")).status == 200


async def test_nothing_is_written_into_the_build(client: Client, functions: Functions) -> None:
    """Running a function leaves no compiled code there."""
    await client.invoke("echo")
    assert os.listdir(functions.code) == ["handlers.py"]  # noqa: PTH208 - names are all that matters


async def test_environment_is_that_of_lambda(
    client: Client, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function runs in its folder, which is first on its path, without the caller's variables."""
    monkeypatch.setenv("OF_THE_CALLER", "1")
    functions.add("environment", variables={"OF_THE_TEMPLATE": "1"})
    seen = (await client.invoke("environment")).json()
    assert seen["folder"] == seen["path"][0] == str(functions.code.resolve())
    assert seen["variables"]["OF_THE_TEMPLATE"] == "1"
    assert "OF_THE_CALLER" not in seen["variables"]
    assert seen["variables"]["AWS_SAM_LOCAL"] == "true"


async def test_context_is_that_of_lambda(client: Client, functions: Functions) -> None:
    """It has the ID, ARN and limits of the request, and the client context."""
    functions.add("context", timeout_seconds=9, memory_mb=256)
    custom = (
        "eyJjdXN0b20iOiB7ImV4ZWN1dGlvbiI6ICJhcm4iLCAibmFtZSI6ICLDqSJ9fQ=="  # {"custom": {..., "name": "é"}}
    )
    reply = await client.invoke("context", Client_Context=custom)
    seen = reply.json()
    assert seen["id"] == reply.headers["x-amzn-RequestId"]
    assert seen["arn"] == "arn:aws:lambda:eu-west-1:000000000001:function:context"
    assert seen["custom"] == {"execution": "arn", "name": "é"}
    assert 0 < seen["remaining_ms"] <= 9_000
    assert (seen["name"], seen["version"], seen["memory"]) == ("context", "$LATEST", "256")
    assert seen["trace"].startswith("Root=1-")


async def test_worker_is_kept_warm(client: Client, functions: Functions) -> None:
    """Successive calls are answered by the same process."""
    functions.add("sleeping")
    pids = {(await client.invoke("sleeping", b'{"seconds": 0}')).json() for _ in range(3)}
    assert len(pids) == 1


async def test_error_of_an_exit_is_json(client: Client, functions: Functions) -> None:
    """It has a type and a message."""
    functions.add("exiting")
    error = json.loads((await client.invoke("exiting", b'"bye"')).body)
    assert error.keys() == {"errorType", "errorMessage"}
