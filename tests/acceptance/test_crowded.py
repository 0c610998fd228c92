"""More connections than the process has descriptors: clients are served, and the log stays short."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.command import BIN, PATIENCE_SECONDS, running
from tests.acceptance.steps import with_boto3

pytestmark = pytest.mark.slow

DESCRIPTORS = 256
CONNECTIONS = 400
MOST_LOG_BYTES = 4_000
LIMITED = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))
os.execv(sys.argv[1], [sys.argv[1], "--port", "0"])
"""
ROLE = "arn:aws:iam::123456789012:role/DummyRole"
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
TARGET = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"
KINDS = [
    b"",
    b"POST / HTTP/1.1\r\nHost: loc",
    TARGET + b"Content-Length: 9\r\n\r\n{",
    b"GET /_stepfunctions-local/clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"garbage\r\n\r\n",
]
"""Nothing, a part of a header, a part of a body, a request, and no request."""


def list_machines(connection: HTTPConnection) -> int:
    """Send a request over a connection, and return the status."""
    connection.request("POST", "/", "{}", {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"})
    response = connection.getresponse()
    response.read()
    return response.status


@contextmanager
def crowd(address: tuple[str, int]) -> Iterator[None]:
    """Open connections of all kinds, and hold them."""
    with ExitStack() as stack:
        for number in range(CONNECTIONS):
            attacker = stack.enter_context(
                closing(socket.create_connection(address, timeout=PATIENCE_SECONDS))
            )
            attacker.sendall(KINDS[number % len(KINDS)])
        yield


def test_crowd_keeps_no_client_out(tmp_path: Path) -> None:
    """A connection that was served before is served, and so is each new one, in the crowd and after it."""
    with running("python", "-c", LIMITED, str(BIN / "stepfunctions-local"), folder=tmp_path) as started:
        url = urlsplit(started.urls[0])
        address = (url.hostname or "", url.port or 0)
        call = with_boto3(started.urls[0])
        arn = call("create_state_machine", name="m", definition=PASS, roleArn=ROLE)["stateMachineArn"]
        with closing(HTTPConnection(*address, timeout=PATIENCE_SECONDS)) as old:
            assert list_machines(old) == 200
            with crowd(address):
                for _ in range(20):
                    assert call("start_execution", stateMachineArn=arn)["executionArn"]
                with closing(HTTPConnection(*address, timeout=PATIENCE_SECONDS)) as new:
                    assert list_machines(new) == 200
        for _ in range(20):
            assert call("start_execution", stateMachineArn=arn)["executionArn"]
        assert len(call("list_executions", stateMachineArn=arn)["executions"]) == 40
        assert started.end() == 0
    assert len(started.err) < MOST_LOG_BYTES, started.err
