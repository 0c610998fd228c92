"""What the endpoint's log shows of an invocation, and what the caller gets of it."""

import base64
import re

import pytest

from tests.contract.lambdas.harness import Client, Functions


async def test_log_has_the_functions_output_between_lambdas_lines(
    client: Client, functions: Functions
) -> None:
    """START, both streams of the function, END and REPORT with what it took."""
    functions.add("printing")
    reply = await client.invoke("printing")
    request_id = reply.headers["x-amzn-RequestId"]
    lines = functions.log.getvalue().splitlines()
    assert lines[:4] == [
        f"START RequestId: {request_id} Version: $LATEST",
        "to standard output",
        "to standard error",
        f"END RequestId: {request_id}",
    ]
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\t(Max Memory Used: \d+ MB\t)?Init Duration: [\d.]+ ms\t",
        lines[4],
    )


async def test_warm_call_reports_no_initialisation(client: Client, functions: Functions) -> None:
    """Only the first call of a worker has an Init Duration."""
    await client.invoke("echo")
    await client.invoke("echo")
    assert functions.log.getvalue().count("Init Duration") == 1


async def test_tail_is_the_log_in_base64(client: Client, functions: Functions) -> None:
    """With X-Amz-Log-Type: Tail the answer has the log's end."""
    functions.add("printing")
    reply = await client.invoke("printing", Log_Type="Tail")
    log = base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode()
    assert log == functions.log.getvalue()


async def test_without_tail_there_is_no_log_in_the_answer(client: Client) -> None:
    """Nobody gets a log who has not asked for it."""
    assert "X-Amz-Log-Result" not in (await client.invoke("echo", Log_Type="None")).headers


@pytest.mark.parametrize("event", [b"{}", b'{"stderr": true}'])
async def test_megabyte_of_output_breaks_nothing(client: Client, functions: Functions, event: bytes) -> None:
    """A handler that writes a megabyte is not held up; the tail still has 4 KB."""
    functions.add("megabyte")
    for _ in range(2):
        reply = await client.invoke("megabyte", event, Log_Type="Tail")
        assert reply.json() == "written"
        assert len(base64.b64decode(reply.headers["X-Amz-Log-Result"])) == 4096
    assert "more bytes of output are not shown" in functions.log.getvalue()


async def test_traceback_is_in_the_log(client: Client, functions: Functions) -> None:
    """An exception is in the log, line by line."""
    functions.add("raising")
    await client.invoke("raising")
    assert "[ERROR] ValueError: the order does not exist\nTraceback" in functions.log.getvalue()
