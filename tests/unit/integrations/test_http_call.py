"""Calls of HTTP APIs go to the endpoint of the settings, with the host that the state names."""

from typing import Any

import pytest
from multidict import CIMultiDict

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.integrations.http_call import HttpCall
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.wire import Wire
from stepfunctions_local.language import Failure, Integration, parse_json
from stepfunctions_local.language.operation import find_faults
from tests.unit.integrations.calls import CALLER

WIRE = Wire(Credentials(), "us-east-1")
API = {"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "GET"}
HTTP = {"ApiEndpoint": "https://api.example.com/orders?a=1", "Method": "POST"}


def make(service: str, parameters: dict[str, Any]) -> HttpCall:
    integration = Integration("", service, "invoke")
    assert find_faults(integration, parameters) == []
    return HttpCall.of(integration, parameters, CALLER)


def build(service: str, parameters: dict[str, Any]) -> Any:
    return make(service, parameters).build_request(WIRE, "http://127.0.0.1:1/")


def test_a_call_of_api_gateway_has_stage_path_and_query() -> None:
    """The host is that of the API, so that a stand-in can tell APIs apart."""
    given = {"Stage": "prod", "Path": "/bills/a b", "QueryParameters": {"id": ["1", "2"]}}
    request = build("apigateway", API | given)
    assert request.url == "http://127.0.0.1:1/prod/bills/a%20b?id=1&id=2"
    assert request.headers["Host"] == API["ApiEndpoint"]
    assert "Authorization" not in request.headers


def test_a_call_with_the_authorization_of_iam_is_signed() -> None:
    """It is signed for API Gateway."""
    request = build("apigateway", API | {"AuthType": "IAM_ROLE"})
    assert "/us-east-1/execute-api/aws4_request" in str(request.headers["Authorization"])


def test_a_call_of_a_third_party_keeps_its_url_but_for_the_host() -> None:
    """The body is JSON; headers are as given."""
    given = {"Headers": {"X-Key": "k"}, "QueryParameters": {"b": [2]}, "RequestBody": {"x": [1]}}
    request = build("http", HTTP | given)
    assert request.url == "http://127.0.0.1:1/orders?a=1&b=2"
    assert (request.headers["Host"], request.headers["X-Key"]) == ("api.example.com", "k")
    assert (request.body, request.headers["Content-Type"]) == (b'{"x":[1]}', "application/json")


@pytest.mark.parametrize(
    ("array_format", "sent"),
    [
        (None, "a%5Bb%5D=1&c%5B0%5D=x&c%5B1%5D=y"),
        ("REPEAT", "a%5Bb%5D=1&c=x&c=y"),
        ("BRACKETS", "a%5Bb%5D=1&c%5B%5D=x&c%5B%5D=y"),
        ("COMMAS", "a%5Bb%5D=1&c=x%2Cy"),
        ("NONE", "a%5Bb%5D=1&c=x&c=y"),
    ],
)
def test_a_body_is_sent_as_a_form(array_format: str | None, sent: str) -> None:
    """Lists have the format that the state names."""
    transform: dict[str, Any] = {"RequestBodyEncoding": "URL_ENCODED"}
    if array_format:
        transform["RequestEncodingOptions"] = {"ArrayFormat": array_format}
    request = build("http", HTTP | {"Transform": transform, "RequestBody": {"a": {"b": 1}, "c": ["x", "y"]}})
    assert request.body == sent.encode()
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def answer(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(status, CIMultiDict({"Content-Type": "text/plain"}), body, "Some Text")


@pytest.mark.parametrize(("body", "shown"), [(b'{"a": 1}', {"a": 1}), (b"hello", "hello"), (b"", "")])
def test_the_result_has_body_headers_and_status(body: bytes, shown: object) -> None:
    """A body that is JSON is parsed."""
    outcome = make("apigateway", API).parse_response(WIRE, answer(201, body))
    assert isinstance(outcome, CallResult)
    assert parse_json(outcome.text) == {
        "Headers": {"Content-Type": ["text/plain"]},
        "ResponseBody": shown,
        "StatusCode": 201,
        "StatusText": "Some Text",
    }


@pytest.mark.parametrize(
    ("service", "given", "error"),
    [("apigateway", API, "ApiGateway.403"), ("http", HTTP, "States.Http.StatusCode.403")],
)
def test_any_other_status_is_an_error(service: str, given: dict[str, Any], error: str) -> None:
    """The cause is the body."""
    outcome = make(service, given).parse_response(WIRE, answer(403, b'{"message":"no"}'))
    assert outcome == Failure(error, '{"message":"no"}')
