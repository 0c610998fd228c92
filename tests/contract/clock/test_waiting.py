"""Waiting executions over HTTP: their numbers, and those due in a window, a page at a time."""

import json
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from stepfunctions_local.endpoints import waiting
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

PATH = "/_stepfunctions-local/waiting"
HOUR = 3600


def request(
    local: LocalStepFunctions, method: str = "GET", headers: dict[str, str] | None = None, **query: str
) -> tuple[int, Any]:
    """Send a request, and return the status and the body of the answer."""
    connection = HTTPConnection(local.url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, f"{PATH}?{urlencode(query)}", headers=headers or {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def arn(local: LocalStepFunctions) -> str:
    created = local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    return created["stateMachineArn"]


def start(local: LocalStepFunctions, arn: str, name: str, seconds: int) -> None:
    text = json.dumps({"expirydate": seconds})
    local.client.start_execution(stateMachineArn=arn, name=name, input=text)


def find_due(local: LocalStepFunctions, arn: str, hours: float, **query: str) -> Any:
    """Return the answer for the executions due in some hours from now."""
    until = local.now + timedelta(hours=hours)
    window = {"dueFrom": local.now.isoformat(), "dueUntil": until.isoformat()}
    status, answer = request(local, "GET", None, stateMachineArn=arn, **window, **query)
    assert status == HTTPStatus.OK, answer
    return answer


def names(answer: Any) -> list[str]:
    return [each["name"] for each in answer["executions"]]


def test_executions_are_listed_by_due_time(local: LocalStepFunctions, arn: str) -> None:
    """In the form of DescribeExecution, with their due times."""
    for name, seconds in (("c", 3 * HOUR), ("a", HOUR), ("b", 2 * HOUR)):
        start(local, arn, name, seconds)
    answer = find_due(local, arn, 2.5)
    assert names(answer) == ["a", "b"]
    described = local.client.describe_execution(executionArn=answer["executions"][0]["executionArn"])
    first = answer["executions"][0]
    assert {name: first[name] for name in ("name", "status", "input")} == {
        name: described[name] for name in ("name", "status", "input")
    }
    assert datetime.fromisoformat(first["startDate"]) == described["startDate"]
    waited = datetime.fromisoformat(first["due"]) - described["startDate"]
    assert timedelta(0) <= waited - timedelta(hours=1) < timedelta(minutes=1)


def test_pages_follow_each_other(
    local: LocalStepFunctions, arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the place of the next; equal due times lose none."""
    for number in range(5):
        start(local, arn, f"task-{number}", HOUR)
    monkeypatch.setattr(waiting, "_PAGE_EXECUTIONS", 2)
    found: list[str] = []
    query: dict[str, str] = {}
    for _ in range(4):
        answer = find_due(local, arn, 2, **query)
        found += names(answer)
        if "next" not in answer:
            break
        query = {"after": answer["next"]}
    assert sorted(found) == [f"task-{number}" for number in range(5)]
    monkeypatch.setattr(waiting, "_PAGE_CHARACTERS", 1)
    assert len(names(find_due(local, arn, 2))) == 1


def test_page_has_the_size_that_is_asked_for(local: LocalStepFunctions, arn: str) -> None:
    """A page of one, in a listing by prefix and in one of all."""
    for name, seconds in (("b-1", 2 * HOUR), ("a-1", 3 * HOUR), ("b-2", HOUR)):
        start(local, arn, name, seconds)
    first = find_due(local, arn, 5, limit="1", prefix="b")
    assert names(first) == ["b-2"]
    assert names(find_due(local, arn, 5, limit="1", prefix="b", after=first["next"])) == ["b-1"]
    assert names(find_due(local, arn, 5, limit="2")) == ["b-2", "b-1"]


def test_due_executions_are_counted_by_minute(local: LocalStepFunctions, arn: str) -> None:
    """Minutes without any are left out, also if another state machine has some, and with a prefix."""
    local.skip(timedelta(seconds=60 - local.now.second))  # to a minute's beginning
    for name, seconds in (("a", 30 * 60), ("b", 30 * 60), ("c", 40 * 60), ("later", 2 * HOUR)):
        start(local, arn, name, seconds)
    assert [each["executions"] for each in find_due(local, arn, 1, by="minute")["minutes"]] == [2, 1]
    other = local.client.create_state_machine(name="other", definition=WAIT_AND_PASS, roleArn=ROLE)
    start(local, other["stateMachineArn"], "of-another", 30 * 60)
    minutes = find_due(local, arn, 1, by="minute")["minutes"]
    assert [each["executions"] for each in minutes] == [2, 1]
    assert minutes[0]["from"].endswith(":00.000Z")
    assert [each["executions"] for each in find_due(local, arn, 1, by="minute", prefix="c")["minutes"]] == [1]


def test_executions_are_counted_by_status(local: LocalStepFunctions, arn: str) -> None:
    """Waiting ones apart. A prefix and a state machine limit the count."""
    other = local.client.create_state_machine(name="other", definition=WAIT_AND_PASS, roleArn=ROLE)
    start(local, other["stateMachineArn"], "order-9", HOUR)
    for name, seconds in (("order-1", HOUR), ("order-2", HOUR), ("orders", HOUR), ("order-3", 0)):
        start(local, arn, name, seconds)
    local.skip(timedelta(seconds=1))
    local.client.stop_execution(executionArn=f"{arn.replace(':stateMachine:', ':execution:')}:orders")
    _, answer = request(local, stateMachineArn=arn)
    assert {(each["status"], each["is_waiting"]): each["executions"] for each in answer["counts"]} == {
        ("RUNNING", True): 2,
        ("SUCCEEDED", False): 1,
        ("ABORTED", False): 1,
    }
    _, answer = request(local, stateMachineArn=arn, prefix="order-1")
    assert answer == {"counts": [{"status": "RUNNING", "is_waiting": True, "executions": 1}]}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({}, "The parameter stateMachineArn is missing"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:nope"}, "Does Not Exist"),
        (
            {"due": "1"},
            "Unknown parameter due: after, by, dueFrom, dueUntil, limit, prefix, stateMachineArn are known.",
        ),
        ({"dueFrom": "2026-12-01T00:00:00Z"}, "dueUntil: '' is not an RFC 3339 timestamp"),
        ({"dueFrom": "soon", "dueUntil": "2026-12-01T00:00:00Z"}, "dueFrom: 'soon' is not an RFC 3339"),
        (
            {"dueFrom": "2026-12-01T00:00:00Z", "dueUntil": "2026-12-01T00:00:00Z", "after": "1.x"},
            "after must be the `next` of an earlier answer.",
        ),
        (
            {"dueFrom": "2026-12-01T00:00:00Z", "dueUntil": "2026-12-01T00:00:00Z", "after": f"{9**99}.1"},
            "after must be the `next` of an earlier answer.",
        ),
        (
            {"dueFrom": "2026-12-01T00:00:00Z", "dueUntil": "2026-12-01T00:00:00Z", "limit": "0"},
            "limit must be a number from 1 to 1000.",
        ),
        (
            {"dueFrom": "2026-12-01T00:00:00Z", "dueUntil": "2026-12-01T00:00:00Z", "by": "day"},
            "by must be minute.",
        ),
    ],
)
def test_invalid_request_is_refused(
    local: LocalStepFunctions, arn: str, query: dict[str, str], says: str
) -> None:
    """The answer has the reason."""
    status, answer = request(local, "GET", None, **({"stateMachineArn": arn} | query if query else query))
    assert (status, says in answer["error"]) == (HTTPStatus.BAD_REQUEST, True), answer


def test_only_get_is_accepted_and_no_web_page(local: LocalStepFunctions, arn: str) -> None:
    """A page could read what waits."""
    assert request(local, "POST", stateMachineArn=arn)[0] == HTTPStatus.METHOD_NOT_ALLOWED
    origin = {"Origin": "http://evil.example"}
    assert request(local, headers=origin, stateMachineArn=arn)[0] == HTTPStatus.FORBIDDEN
