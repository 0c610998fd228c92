"""The retries of boto3 itself: each sends a rebuilt input to an endpoint that fails at first."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from delay import Delay
from delay.testing import FakeClock
from tests.unit.delay.harness import WEEK, boto3_client

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


class Endpoint(HTTPServer):
    """Fails the first requests and then succeeds. Each answer takes 50 seconds of the fake clock."""

    def __init__(self, clock: FakeClock, failures: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.failures = failures
        self.bodies: list[dict[str, Any]] = []
        self.signatures: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        """Answer the request."""
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.signatures.append(self.headers["Authorization"].rpartition("Signature=")[2])
        self.server.clock.forward(timedelta(seconds=50))
        is_success = len(self.server.bodies) > self.server.failures
        started = self.server.clock.now().timestamp()
        answer = {"executionArn": ARN.replace("stateMachine", "execution") + ":order", "startDate": started}
        body = json.dumps(answer if is_success else {"__type": "InternalServerError"}).encode()
        self.send_response(200 if is_success else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(FakeClock(), failures=2) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore retry without a pause."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture(params=["legacy", "standard", "adaptive"])
def delay(request: pytest.FixtureRequest, endpoint: Endpoint) -> Delay:
    config = Config(retries={"mode": request.param, "max_attempts": 3}, proxies={})
    sfn = boto3.client(
        "stepfunctions",
        endpoint_url=f"http://127.0.0.1:{endpoint.server_port}",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=config,
    )
    return Delay(ARN, sfn, clock=endpoint.clock)


def test_each_retry_of_botocore_sends_a_smaller_delay(delay: Delay, endpoint: Endpoint) -> None:
    """Each is rebuilt and signed anew, and nothing else differs."""
    due: datetime = endpoint.clock.now() + WEEK
    task = delay.schedule({"a": 1}, after=WEEK, key="order")
    delays = [json.loads(body["input"])["expirydate"] for body in endpoint.bodies]
    assert delays == [604_800, 604_750, 604_700]
    assert {body["name"] for body in endpoint.bodies} == {"order"}
    assert len(set(endpoint.signatures)) == 3
    assert task.due == due + timedelta(seconds=50)  # the last was 50 seconds on its way


def test_other_calls_of_the_client_are_unchanged(delay: Delay, endpoint: Endpoint) -> None:
    """The boto3 client belongs to the caller."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    endpoint.bodies.clear()
    endpoint.failures = 1
    other = {"stateMachineArn": ARN, "name": "other", "input": '{"expirydate": 5}'}
    boto3_client(delay).start_execution(**other)
    assert endpoint.bodies == [other, other]
