"""The boto3 clients made by default: a call ends, also if the endpoint never answers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest

from delay import Delay, Unreachable
from delay.aws.connection import Timeouts, connect, connect_cloudformation, connect_local, connect_sqs

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"
REGION = "us-east-1"
LONGEST_CALL_SECONDS = 60
PAUSES_SECONDS = 1 + 2


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0)
        yield server


@pytest.fixture(autouse=True)
def dummy_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def accepted_connections(server: socket.socket) -> int:
    """Return how many connections were made."""
    number = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return number
        number += 1


def test_endpoint_that_never_answers_is_unreachable(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is given up after each attempt has timed out, with a message that says so."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    timeouts = Timeouts(connect_seconds=0.1, read_seconds=0.1, attempts=3)
    delay = Delay(ARN, connect(REGION, endpoint_url=url, timeouts=timeouts))
    with pytest.raises(Unreachable, match=r"states:DescribeExecution got no answer: Read timeout"):
        delay.get("order")
    assert accepted_connections(silent) == 3


@pytest.mark.parametrize(
    "make_client",
    [
        lambda: connect(REGION),
        lambda: connect_cloudformation(REGION),
        lambda: connect_sqs(REGION),
        lambda: connect_local("http://127.0.0.1:8083", REGION),
    ],
    ids=["Step Functions", "CloudFormation", "SQS", "local"],
)
def test_every_client_ends_its_calls_within_a_minute(make_client: Callable[[], Any]) -> None:
    """The environment's settings for other programs do not change it."""
    config = make_client().meta.config
    each_seconds = config.connect_timeout + config.read_timeout
    worst_seconds = config.retries["total_max_attempts"] * each_seconds + PAUSES_SECONDS
    assert worst_seconds <= LONGEST_CALL_SECONDS
