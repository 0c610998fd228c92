"""Functions in Node.js: every form of handler, every way to fail, logs, layers and large answers."""

import base64
from pathlib import Path

import pytest

from tests.contract.lambdas.harness import Client, Functions

pytestmark = pytest.mark.slow

GREEK = b"\xce\xb1".decode()
EXITED = "RequestId: {id} Error: Runtime exited with error: exit status 3"


@pytest.mark.parametrize(
    ("name", "body", "answer"),
    [
        ("same", '{"a":"αβγ"}', '{"a":"αβγ"}'),
        ("callback", "7", '{"back":7}'),
        ("silent", "{}", "null"),
        ("streaming", "{}", '{"a":1}'),
    ],
)
async def test_handler_may_have_any_form_of_lambda(
    client: Client, node: Functions, name: str, body: str, answer: str
) -> None:
    """An async one, one with a callback or without, and one that streams, which is answered as a whole."""
    node.add(name, f"app.{name}")
    reply = await client.invoke(name, body.encode())
    assert (reply.status, reply.body.decode(), reply.function_error) == (200, answer, None)


async def test_worker_stays_warm(client: Client, node: Functions) -> None:
    """A module's variables keep their values, also after an error."""
    node.add("count", "app.count")
    assert [(await client.invoke("count")).json() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("handler", "type_", "message"),
    [
        ("app.callbackError", "string", "out of stock"),
        ("app.later", "TypeError", "too late"),
        (
            "app.exiting",
            "Runtime.ExitError",
            EXITED,
        ),
        ("app.nothing", "Runtime.HandlerNotFound", "app.nothing is undefined or not exported"),
        ("broken.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input"),
        ("lost.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'left-behind'"),
    ],
)
async def test_each_failure_has_its_type(
    client: Client, node: Functions, handler: str, type_: str, message: str
) -> None:
    """Also those that end the process: the next invocation gets a new one."""
    node.add("f", handler)
    for _ in range(2):
        reply = await client.invoke("f")
        error = reply.json()
        assert (reply.status, reply.function_error, error["errorType"]) == (200, "Unhandled", type_)
        expected = message.format(id=reply.headers["x-amzn-RequestId"])
        assert error["errorMessage"].partition("\n")[0] == expected


async def test_timeout_kills_the_process(client: Client, node: Functions) -> None:
    """The error is that of every runtime."""
    node.add("hanging", "app.hanging", timeout_seconds=1)
    reply = await client.invoke("hanging")
    assert reply.json()["errorType"] == "Sandbox.Timedout"


async def test_console_is_in_the_log(client: Client, node: Functions) -> None:
    """A line has the id of its invocation and its level; one message keeps its lines together."""
    node.add("logging", "app.logging")
    reply = await client.invoke("logging", Log_Type="Tail")
    tail = base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode()
    assert f"\t{reply.headers['x-amzn-RequestId']}\tINFO\ttwo\nlines\n" in tail


async def test_large_answers_are_whole_or_refused(client: Client, node: Functions) -> None:
    """The limit counts bytes in UTF-8."""
    node.add("long", "app.long", timeout_seconds=60)
    assert (await client.invoke("long", b"3000000")).json() == GREEK * 3_000_000
    assert (await client.invoke("long", b"4000000")).json()["errorType"] == "Function.ResponseSizeTooLarge"


async def test_layers_are_searched_for_modules(client: Client, node: Functions, tmp_path: Path) -> None:
    """The last layer that has a module wins, as its files replace those of others in /opt."""
    layers = tuple(tmp_path / name for name in ("first", "second"))
    for layer in layers:
        package = layer / "nodejs" / "node_modules" / "shared"
        package.mkdir(parents=True)
        (package / "index.js").write_text(f"exports.name = '{layer.name}';", encoding="utf-8")
    node.add("layered", "app.layered", layers=layers)
    assert (await client.invoke("layered")).json() == "second"
