"""The clock over HTTP: its answers, its refusals, and skipped time as boto3 sees it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

PATH = "/_stepfunctions-local/clock"
JSON = {"Content-Type": "application/json"}
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """An answer of the endpoint."""

    status: int
    body: Any


def send(
    local: LocalStepFunctions, method: str, body: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Send a request to the clock."""
    connection = HTTPConnection(local.url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, PATH, body, JSON if headers is None else headers)
        response = connection.getresponse()
        return Answer(response.status, json.loads(response.read()))
    finally:
        connection.close()


def start(local: LocalStepFunctions, seconds: int, name: str = "task") -> str:
    """Start an execution that waits, and return its ARN."""
    machine = local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    return local.client.start_execution(
        stateMachineArn=machine["stateMachineArn"], name=name, input=json.dumps({"expirydate": seconds})
    )["executionArn"]


def test_the_clock_returns_its_time_and_the_skipped_seconds(local: LocalStepFunctions) -> None:
    """The time is in RFC 3339."""
    before = local.now
    answer = send(local, "GET")
    assert answer.status == HTTPStatus.OK
    assert before <= datetime.fromisoformat(answer.body["now"]) <= local.now
    assert answer.body["skipped_seconds"] == 0


def test_a_skip_by_seconds_fires_due_timers(local: LocalStepFunctions) -> None:
    """All fire before the answer, and end at their due time to the millisecond."""
    arn = start(local, DAY_SECONDS)
    answer = send(local, "POST", f'{{"skip_seconds": {7 * DAY_SECONDS}}}')
    assert (answer.status, answer.body["fired"]) == (HTTPStatus.OK, 1)
    assert answer.body["skipped_seconds"] == pytest.approx(7 * DAY_SECONDS, abs=60)
    described = local.client.describe_execution(executionArn=arn)
    assert described["status"] == "SUCCEEDED"
    assert described["stopDate"] - described["startDate"] == timedelta(days=1)


def test_a_skip_to_a_time_ends_at_that_time(local: LocalStepFunctions) -> None:
    """The time can be in any time zone."""
    target = (local.now + timedelta(days=30)).replace(microsecond=0)
    answer = send(local, "POST", json.dumps({"skip_to": target.isoformat()}))
    assert datetime.fromisoformat(answer.body["now"]) == target


def test_a_skip_to_the_next_due_time_fires_one_timer(local: LocalStepFunctions) -> None:
    """Later timers keep waiting."""
    arns = [start(local, days * DAY_SECONDS, f"in-{days}-days") for days in (1, 2)]
    assert send(local, "POST", '{"skip_to_next": true}').body["fired"] == 1
    statuses = [local.client.describe_execution(executionArn=arn)["status"] for arn in arns]
    assert statuses == ["SUCCEEDED", "RUNNING"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('"\\ud800', "not JSON"),
        ("[" * 500, "not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "not nothing"),
        ('{"skip_days": 7}', "not skip_days"),
        ('{"skip_seconds": 1, "skip_to_next": true}', "One of skip_seconds"),
        ('{"skip_seconds": "7d"}', "must be a number"),
        ('{"skip_seconds": true}', "must be a number"),
        ('{"skip_seconds": NaN}', "No more than 31536000 s, 365 days"),
        ('{"skip_seconds": Infinity}', "No more than 31536000 s, 365 days"),
        ('{"skip_seconds": 0}', "Cannot skip 0 s"),
        ('{"skip_seconds": -60}', "Cannot skip -60 s"),
        ('{"skip_seconds": 31536001}', "No more than 31536000 s, 365 days"),
        (f'{{"skip_seconds": {10**400}}}', "No more than 31536000 s, 365 days"),
        ('{"skip_to": 7}', "must be an RFC 3339 time"),
        ('{"skip_to": "tomorrow"}', "'tomorrow' is not an RFC 3339 timestamp"),
        ('{"skip_to": "2026-12-01"}', "is not an RFC 3339 timestamp"),
        ('{"skip_to": "2026-13-01T00:00:00Z"}', "skip_to: "),
        ('{"skip_to": "2020-01-01T00:00:00Z"}', "is not ahead"),
        ('{"skip_to": "9999-12-31T23:59:59Z"}', "is the most"),
        ('{"skip_to_next": false}', "must be true"),
        ('{"skip_to_next": true}', "No execution is waiting"),
    ],
)
def test_an_invalid_skip_is_refused(local: LocalStepFunctions, body: str, says: str) -> None:
    """The answer has the reason in JSON. The clock stays unchanged."""
    answer = send(local, "POST", body)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert says in answer.body["error"]
    assert send(local, "GET").body["skipped_seconds"] == 0


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("POST", {"Content-Type": "text/plain"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("POST", JSON | {"Origin": "http://evil.example"}, HTTPStatus.FORBIDDEN),
        ("OPTIONS", {"Origin": "http://evil.example"}, HTTPStatus.FORBIDDEN),
        ("DELETE", JSON, HTTPStatus.METHOD_NOT_ALLOWED),
    ],
)
def test_no_web_page_can_skip_time(
    local: LocalStepFunctions, method: str, headers: dict[str, str], status: HTTPStatus
) -> None:
    """The requests that a browser sends for a page are refused, and so is their preflight."""
    assert send(local, method, '{"skip_seconds": 60}', headers).status == status
    assert send(local, "GET").body["skipped_seconds"] == 0


def test_a_large_body_is_refused(local: LocalStepFunctions) -> None:
    """The valid request at its beginning does not matter."""
    body = json.dumps({"skip_seconds": 60}) + " " * 1024
    assert send(local, "POST", body).status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_the_api_keeps_all_paths_but_that_of_the_clock(local: LocalStepFunctions) -> None:
    """boto3 calls it at the same URL."""
    assert local.client.list_state_machines()["stateMachines"] == []
