"""The endpoint's log of an invocation, and the tail of it that a caller gets."""

import base64
import re

import pytest

from tests.contract.lambdas.harness import Client, Functions


async def test_log_has_the_output_between_the_lines_of_lambda(client: Client, functions: Functions) -> None:
    """START is followed by both streams of the function, END and REPORT."""
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
    """X-Amz-Log-Type: Tail requests the end of the log."""
    functions.add("printing")
    reply = await client.invoke("printing", Log_Type="Tail")
    log = base64.b64decode(reply.headers["X-Amz-Log-Result"]).decode()
    assert log == functions.log.getvalue()


async def test_answer_has_no_log_without_a_request_for_it(client: Client) -> None:
    """X-Amz-Log-Type: None requests none."""
    assert "X-Amz-Log-Result" not in (await client.invoke("echo", Log_Type="None")).headers


@pytest.mark.parametrize("event", [b"{}", b'{"stderr": true}'])
async def test_megabyte_of_output_does_not_block_the_handler(
    client: Client, functions: Functions, event: bytes
) -> None:
    """The tail still has 4 KB."""
    functions.add("megabyte")
    for _ in range(2):
        reply = await client.invoke("megabyte", event, Log_Type="Tail")
        assert reply.json() == "written"
        assert len(base64.b64decode(reply.headers["X-Amz-Log-Result"])) == 4096
    assert "more bytes of output are not shown" in functions.log.getvalue()


async def test_traceback_is_in_the_log(client: Client, functions: Functions) -> None:
    """Each of its lines is a line of the log."""
    functions.add("raising")
    await client.invoke("raising")
    assert "[ERROR] ValueError: the order does not exist\nTraceback" in functions.log.getvalue()
