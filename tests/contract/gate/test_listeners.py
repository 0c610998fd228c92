"""Each listener refuses web pages and foreign hosts, and serves AWS's clients."""

import json
import socket
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from stepfunctions_local.errors import SettingError
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.gate.conftest import PAGE

INVOKE = "/2015-03-31/functions/echo/invocations"
CLOCK = "/_stepfunctions-local/clock"
LIST = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"}


@dataclass(frozen=True)
class Request:
    """A request that a listener answers with 200 if it lets it pass."""

    listener: str
    method: str
    path: str
    body: str
    headers: dict[str, str]


REQUESTS = [
    pytest.param(Request("states_url", "POST", "/", "{}", LIST), id="states"),
    pytest.param(Request("states_url", "GET", CLOCK, "", {}), id="clock"),
    pytest.param(Request("lambda_url", "POST", INVOKE, '{"a": 1}', {}), id="invoke"),
]


@dataclass(frozen=True)
class Sender:
    """Sends a request with other headers, and returns status, headers and body."""

    request: Request
    url: str

    @property
    def host(self) -> str:
        """The host and port of the listener."""
        return urlsplit(self.url).netloc

    def send(self, method: str | None = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Send the request."""
        connection = HTTPConnection(self.host, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.request.headers, **named}
        connection.request(method or self.request.method, self.request.path, self.request.body, sent)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), json.loads(body or "null")


@pytest.fixture(params=REQUESTS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(request.param, request.getfixturevalue(request.param.listener))


def test_page_of_another_origin_is_refused(sender: Sender) -> None:
    """A form can send this request without a preflight. Nothing runs, and the reason names the option."""
    status, headers, body = sender.send(Origin="https://evil.example", Content_Type="text/plain")
    assert status == 403
    assert "--allowed-origin https://evil.example" in body["message"]
    assert "Access-Control-Allow-Origin" not in headers


def test_page_without_an_origin_is_refused(sender: Sender) -> None:
    """A sandboxed frame and a file send `null`."""
    assert sender.send(Origin="null")[0] == 403


def test_preflight_of_another_origin_is_refused(sender: Sender) -> None:
    """The browser then does not send the request."""
    status, headers, _ = sender.send("OPTIONS", Origin="https://evil.example")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


def test_rebound_page_is_refused(sender: Sender) -> None:
    """Its name leads here, so the browser takes it for the listener's own, and a GET has no Origin."""
    status, _, body = sender.send(Host="evil.example:8083")
    assert status == 403
    assert "--allowed-host evil.example" in body["message"]
    assert sender.send(Host="evil.example:8083", Origin="http://evil.example:8083")[0] == 403


def test_host_in_the_request_target_counts(sender: Sender) -> None:
    """Whatever `Host` says."""
    request = replace(sender.request, path=f"http://evil.example{sender.request.path}")
    assert Sender(request, sender.url).send(Host=sender.host)[0] == 403


def test_own_page_is_served(sender: Sender) -> None:
    """A console on the listener could call it."""
    assert sender.send(Origin=sender.url)[0] == 200


@pytest.mark.parametrize(
    "host", ["localhost:1", "states.localhost", "host.docker.internal:3001", "[::1]:1", "172.17.0.1"]
)
def test_names_of_this_computer_are_served(sender: Sender, host: str) -> None:
    """Containers and forwarded ports use them."""
    assert sender.send(Host=host)[0] == 200


@pytest.mark.parametrize("host", ["endpoints:8083", "sync-endpoints:8083"])
def test_allowed_host_is_served(sender: Sender, host: str) -> None:
    """Docker Compose resolves the name of a service."""
    assert sender.send(Host=host)[0] == 200


def test_allowed_page_is_served_and_may_read_the_answer(sender: Sender) -> None:
    """That page alone: the answer names it."""
    status, headers, _ = sender.send(Origin=PAGE)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert headers["Access-Control-Expose-Headers"] == "*"
    assert headers["Vary"] == "Origin"


def test_preflight_of_an_allowed_page_is_answered(sender: Sender) -> None:
    """With the headers that an SDK asks for. A page of the Internet may reach into this computer."""
    status, headers, _ = sender.send(
        "OPTIONS",
        Origin=PAGE,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,x-amz-target",
        Access_Control_Request_Private_Network="true",
    )
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert headers["Access-Control-Allow-Headers"] == "authorization,x-amz-target"
    assert headers["Access-Control-Allow-Private-Network"] == "true"


def test_request_without_host_is_served(states_url: str) -> None:
    """HTTP/1.0 has none."""
    with socket.create_connection((urlsplit(states_url).hostname, urlsplit(states_url).port)) as connection:
        connection.sendall(f"GET {CLOCK} HTTP/1.0\r\n\r\n".encode())
        assert connection.recv(4096).split()[1] == b"200"


def connect(service: Any, url: str, **config: Any) -> Any:
    """Return a boto3 client."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_boto3_is_served(states_url: str, lambda_url: str, host: str) -> None:
    """By either endpoint, under both names."""
    states, functions = (url.replace("127.0.0.1", host) for url in (states_url, lambda_url))
    assert connect("stepfunctions", states).list_state_machines()["stateMachines"] == []
    payload = connect("lambda", functions).invoke(FunctionName="echo", Payload=b"[1]")["Payload"]
    assert json.load(payload) == [1]


@pytest.mark.parametrize(("service", "listener"), [("stepfunctions", "states_url"), ("lambda", "lambda_url")])
def test_boto3_shows_the_reason(request: pytest.FixtureRequest, service: str, listener: str) -> None:
    """An SDK reads it as an error of AWS, and does not retry."""
    client = connect(service, request.getfixturevalue(listener))
    client.meta.events.register("before-send", lambda request, **_: request.headers.update(Host="compose"))
    calls = {"lambda": ("invoke", {"FunctionName": "echo"}), "stepfunctions": ("list_state_machines", {})}
    operation, members = calls[service]
    with pytest.raises(ClientError, match="--allowed-host compose") as refused:
        getattr(client, operation)(**members)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_fixture_has_the_exceptions_of_the_options() -> None:
    """A test can use a container that knows the endpoint by another name, or a page."""
    with LocalStepFunctions(allowed_hosts={"Endpoints"}, allowed_origins={PAGE}) as local:
        for headers, status in [
            ({"Host": "endpoints:8083"}, 200),
            ({"Host": "other:8083"}, 403),
            ({"Origin": PAGE}, 200),
            ({"Origin": "http://localhost:3001"}, 403),
        ]:
            request = Request("", "GET", CLOCK, "", {})
            assert Sender(request, local.url).send(**headers)[0] == status


@pytest.mark.parametrize(
    "exceptions",
    [
        {"allowed_hosts": ["endpoints:8083"]},
        {"allowed_origins": ["localhost:3000"]},
        {"allowed_origins": ["*"]},
    ],
)
def test_fixture_refuses_an_exception_that_never_holds(exceptions: dict[str, list[str]]) -> None:
    """Such as a host with a port, and an origin without a scheme."""
    with pytest.raises(SettingError, match="such as"):
        LocalStepFunctions(**exceptions)  # type: ignore[arg-type] # of the right type by name
