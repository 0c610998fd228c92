"""Functions in Node.js, run by AWS's own runtime client: a value, the context, and an error."""

import base64
import json

from tests.contract.lambdas.harness import Client, Functions

ARN = "arn:aws:lambda:eu-west-1:000000000001:function:context"


async def test_es_module_is_loaded(client: Client, node: Functions) -> None:
    """It may await imports of its own."""
    node.add("module", "module.handler")
    assert (await client.invoke("module", b'{"a": 1}')).json() == {"a": 1, "read": True}


async def test_context_is_that_of_the_invocation(client: Client, node: Functions) -> None:
    """With the client context, which carries a task's key."""
    sent = base64.b64encode(json.dumps({"custom": {"key": "order-1"}}).encode()).decode()
    node.add("context", "app.context")
    reply = await client.invoke("context", Client_Context=sent)
    assert reply.json() == {
        "name": "context",
        "arn": ARN,
        "id": reply.headers["x-amzn-RequestId"],
        "client": {"custom": {"key": "order-1"}},
        "hasTime": True,
        "endpoint": "127.0.0.1",
    }


async def test_error_has_the_form_of_lambda(client: Client, node: Functions) -> None:
    """Node.js has `trace`, where Python has `stackTrace`."""
    node.add("raising", "app.raising")
    reply = await client.invoke("raising", Log_Type="Tail")
    error = reply.json()
    assert (reply.status, reply.function_error) == (200, "Unhandled")
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "the order does not exist")
    assert error["trace"][0] == "RangeError: the order does not exist"
    assert "app.js" in error["trace"][1]
    tail = base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode()
    assert "ERROR\tInvoke Error" in tail
