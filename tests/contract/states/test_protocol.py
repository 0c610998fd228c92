"""The endpoint's answers to requests that no SDK would send."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from stepfunctions_local.service_model import service_model

START = "AWSStepFunctions.StartExecution"


def post(url: str, body: bytes, target: str | None = START, method: str = "POST") -> tuple[int, Any]:
    """Send a request, and return the status and the parsed body."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Content-Type": "application/x-amz-json-1.0"} | ({"X-Amz-Target": target} if target else {})
    connection.request(method, "/", body, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, json.loads(answer)


@pytest.mark.parametrize(
    "body", [b"{", b"nonsense", b"[1]", b"\xff\xfe", b"[" * 100_000, rb'{"stateMachineArn": "\ud800"}']
)
def test_body_that_is_no_json_object_is_a_serialization_error(endpoint_url: str, body: bytes) -> None:
    """So are bytes that are not UTF-8, and escapes that are no characters."""
    status, answer = post(endpoint_url, body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("encoding", ["gzip", "unknown"])
def test_encoded_body_is_refused(endpoint_url: str, encoding: str) -> None:
    """AWS's SDKs send none. The error is AWS's for a body that it cannot decompress."""
    connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=60)
    connection.request("POST", "/", b"{}", {"X-Amz-Target": START, "Content-Encoding": encoding})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert (response.status, answer["__type"]) == (400, "MalformedHttpRequestException")


@pytest.mark.parametrize("target", ["AWSStepFunctions.Nonsense", "Other.StartExecution", "", None])
def test_unknown_operation_is_refused(endpoint_url: str, target: str | None) -> None:
    """So is the operation of another service, and a request without one."""
    status, answer = post(endpoint_url, b"{}", target)
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("operation", sorted(service_model("stepfunctions").operation_names))
def test_every_operation_of_the_api_is_served(endpoint_url: str, operation: str) -> None:
    """None is unknown. An empty request lists something, or lacks a parameter."""
    status, answer = post(endpoint_url, b"{}", f"AWSStepFunctions.{operation}")
    assert status in {200, 400}
    assert answer.get("__type") != "UnknownOperationException"


@pytest.mark.parametrize(
    "body", [{"stateMachineArn": 1}, {"stateMachineArn": "a", "input": {}}, {"name": True}]
)
def test_member_of_the_wrong_type_is_a_serialization_error(endpoint_url: str, body: Any) -> None:
    """No value is converted to the type."""
    status, answer = post(endpoint_url, json.dumps(body).encode())
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_request_of_ten_megabytes_is_refused_and_the_endpoint_keeps_serving(endpoint_url: str) -> None:
    """The request is not read to its end."""
    try:
        status, _ = post(endpoint_url, b"x" * 10_000_000)
    except (BrokenPipeError, ConnectionResetError):
        status = 413
    assert status == 413
    assert post(endpoint_url, b"{}", "AWSStepFunctions.ListStateMachines")[0] == 200


def test_browser_receives_an_explanation(endpoint_url: str) -> None:
    """A GET is no request of an SDK."""
    status, answer = post(endpoint_url, b"", None, "GET")
    assert status == 405
    assert "Step Functions endpoint" in answer["message"]
