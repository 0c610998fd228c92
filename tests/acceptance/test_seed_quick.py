"""The two endpoints of the first experiment find each other; the slow sibling plays its whole flow."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import running
from tests.acceptance.steps import aws_cli, wait_for_end
from tests.contract.states.machines import ROLE, SEED

pytestmark = pytest.mark.xdist_group("seed")

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:test"


def is_taken(port: int) -> bool:
    """Return whether a process listens on a port of this computer."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@pytest.fixture
def on_default_ports(built: None, tmp_path: Path) -> Iterator[None]:  # noqa: ARG001 - it skips
    if taken := [port for port in (8083, 3001) if is_taken(port)]:
        pytest.skip(f"another process listens on {taken}, where this test would")
    with (
        running("lambda-local", folder=tmp_path),
        running("stepfunctions-local", "--env-file", "env.txt", folder=tmp_path),
    ):
        yield


@pytest.mark.usefixtures("on_default_ports")
def test_endpoints_find_each_other_on_their_default_ports() -> None:
    """They need no option, and the name localhost works."""
    call = aws_cli("http://localhost:8083")
    call("create_state_machine", name="test", definition=json.dumps(SEED), roleArn=ROLE)
    started = call("start_execution", stateMachineArn=ARN, input='{"expirydate":0}')
    assert wait_for_end(call, started["executionArn"])["status"] == "SUCCEEDED"
