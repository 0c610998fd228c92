"""Executions by status over HTTP, with their results, a page at a time; and the revision of the records."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from stepfunctions_local.engine.records import store
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

PATH = "/_stepfunctions-local/executions"
WAITING_PATH = "/_stepfunctions-local/waiting"


@pytest.fixture
def arn(local: LocalStepFunctions) -> str:
    created = local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    return created["stateMachineArn"]


def read(local: LocalStepFunctions, path: str = PATH, /, **query: str) -> Any:
    with urlopen(f"{local.url}{path}?{urlencode(query)}") as response:  # noqa: S310 - of this test's endpoint
        assert response.status == HTTPStatus.OK
        return json.load(response)


def list_names(local: LocalStepFunctions, arn: str, path: str = PATH, /, **query: str) -> list[str]:
    """Return the names on all pages of one execution at most."""
    names, page = [], read(local, path, stateMachineArn=arn, limit="1", **query)
    names += [each["name"] for each in page["executions"]]
    while "next" in page:
        page = read(local, path, stateMachineArn=arn, limit="1", after=page["next"], **query)
        names += [each["name"] for each in page["executions"]]
    return names


def start(local: LocalStepFunctions, arn: str, name: str, seconds: int) -> None:
    text = json.dumps({"expirydate": seconds})
    local.client.start_execution(stateMachineArn=arn, name=name, input=text)


def test_ended_executions_are_listed_page_by_page(local: LocalStepFunctions, arn: str) -> None:
    """The latest end first, each with its result; a prefix limits the list."""
    for number in range(3):
        start(local, arn, f"task-{number}", number + 1)
        local.skip(timedelta(seconds=5))
    first = read(local, stateMachineArn=arn, status="SUCCEEDED", limit="2")
    assert [each["name"] for each in first["executions"]] == ["task-2", "task-1"]
    assert json.loads(first["executions"][0]["output"]) == {"expirydate": 3}
    assert "stopDate" in first["executions"][0]
    rest = read(local, stateMachineArn=arn, status="SUCCEEDED", limit="2", after=first["next"])
    assert [each["name"] for each in rest["executions"]] == ["task-0"]
    assert "next" not in rest
    named = read(local, stateMachineArn=arn, status="SUCCEEDED", prefix="task-1")
    assert [each["name"] for each in named["executions"]] == ["task-1"]


def test_waiting_executions_are_no_running_ones(local: LocalStepFunctions) -> None:
    """Running ones are those that have gone on."""
    machine = {
        "StartAt": "Hold",
        "States": {
            "Hold": {
                "Type": "Task",
                "Resource": "arn:aws:states:us-east-1:123456789012:activity:hold",
                "End": True,
            }
        },
    }
    local.client.create_activity(name="hold")
    held = local.client.create_state_machine(name="held", definition=json.dumps(machine), roleArn=ROLE)
    waits = local.client.create_state_machine(name="waits", definition=WAIT_AND_PASS, roleArn=ROLE)
    start(local, held["stateMachineArn"], "held", 0)
    start(local, waits["stateMachineArn"], "waits", 3600)
    busy = read(local, stateMachineArn=held["stateMachineArn"], status="RUNNING")
    assert [each["name"] for each in busy["executions"]] == ["held"]
    assert read(local, stateMachineArn=waits["stateMachineArn"], status="RUNNING")["executions"] == []


def test_open_executions_are_listed_as_by_list_executions(local: LocalStepFunctions, arn: str) -> None:
    """And so are all, with their inputs. A prefix limits both."""
    for number in range(3):
        start(local, arn, f"task-{number}", 3600)
    start(local, arn, "ended", 0)
    local.skip(timedelta(seconds=1))
    listed = [each["name"] for each in local.client.list_executions(stateMachineArn=arn)["executions"]]
    found = read(local, stateMachineArn=arn, status="ALL")["executions"]
    assert [each["name"] for each in found] == listed
    assert json.loads(found[-1]["input"]) == {"expirydate": 3600}
    named = read(local, stateMachineArn=arn, status="OPEN", prefix="task-0")
    assert [each["name"] for each in named["executions"]] == ["task-0"]


@pytest.mark.parametrize("bounds", [(100, 0, 0), (0, 100, 0), (0, 2, 100), (0, 2, 0)])
def test_prefix_finds_the_same_however_it_is_searched_for(
    local: LocalStepFunctions,
    arn: str,
    monkeypatch: pytest.MonkeyPatch,
    bounds: tuple[int, ...],
) -> None:
    """By name, near in the order, or in all of it; waiting or ended. A page of all statuses may be short."""
    for name, bound in zip(("_FEW", "_NEAR", "_MANY"), bounds, strict=True):
        monkeypatch.setattr(store, name, bound)
    for number in range(6):
        start(local, arn, f"{'ab'[number % 2]}-{number}", 3600 * (number % 3))
    local.skip(timedelta(seconds=1))
    listed = [each["name"] for each in local.client.list_executions(stateMachineArn=arn)["executions"]]
    assert list_names(local, arn, status="ALL", prefix="b") == [name for name in listed if name[0] == "b"]
    assert list_names(local, arn, status="OPEN", prefix="a") == ["a-4", "a-2"]
    assert list_names(local, arn, status="SUCCEEDED", prefix="a") == ["a-0"]
    window = {"dueFrom": local.now.isoformat(), "dueUntil": (local.now + timedelta(days=1)).isoformat()}
    assert list_names(local, arn, WAITING_PATH, prefix="b", **window) == ["b-1", "b-5"]
    assert list_names(local, arn, WAITING_PATH, prefix="c", **window) == []


def test_revision_changes_with_each_change(local: LocalStepFunctions, arn: str) -> None:
    """It stays while nothing happens."""
    before = read(local)["revision"]
    assert read(local)["revision"] == before
    start(local, arn, "task", 10)
    started = read(local)["revision"]
    local.skip(timedelta(seconds=1))
    assert len({before, started, read(local)["revision"]}) == 3
