"""The endpoint answers small machines as AWS does; `cases.json` has each with the source of its answer."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text())
ACCEPTED = [case for case in CASES if "refused" not in case["expect"]]
REFUSED = [case for case in CASES if "refused" in case["expect"]]


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions() as local:
        yield local


def create(local: LocalStepFunctions, case: dict[str, Any]) -> str:
    """Create the machine of a case and return its ARN."""
    role = case["expect"].get("role", ROLE)
    definition = json.dumps(case["definition"])
    created = local.client.create_state_machine(name=case["id"], definition=definition, roleArn=role)
    return created["stateMachineArn"]


@pytest.mark.parametrize("case", ACCEPTED, ids=[case["id"] for case in ACCEPTED])
def test_an_execution_ends_as_on_aws(case: dict[str, Any], local: LocalStepFunctions) -> None:
    """Status, output, error, cause and the event that the end follows are AWS's."""
    started = local.client.start_execution(
        stateMachineArn=create(local, case), input=json.dumps(case["input"])
    )
    local.skip(timedelta(minutes=1))
    described: dict[str, Any] = dict(local.client.describe_execution(executionArn=started["executionArn"]))
    expected = case["expect"]
    assert described["status"] == expected["status"], described.get("cause")
    if "output" in expected:
        assert json.loads(described["output"]) == expected["output"]
    assert described.get("error") == expected.get("error")
    assert expected.get("cause_has", "") in described.get("cause", "")
    assert not described.keys() & set(expected.get("absent", ()))
    if "last_previous" in expected:
        history = local.client.get_execution_history(executionArn=started["executionArn"], reverseOrder=True)
        assert history["events"][0]["previousEventId"] == expected["last_previous"]


@pytest.mark.parametrize("case", REFUSED, ids=[case["id"] for case in REFUSED])
def test_a_machine_is_refused_as_on_aws(case: dict[str, Any], local: LocalStepFunctions) -> None:
    """The error's code is AWS's."""
    with pytest.raises(ClientError) as refused:
        create(local, case)
    assert refused.value.response["Error"]["Code"] == case["expect"]["refused"]


def test_a_stopped_execution_ends_with_an_event_that_follows_none(local: LocalStepFunctions) -> None:
    """Its error and cause are those of the request."""
    (case,) = (case for case in CASES if case["id"] == "timed-out-has-no-error")
    arn = create(local, case | {"id": "stopped"})
    execution = local.client.start_execution(stateMachineArn=arn)["executionArn"]
    local.client.stop_execution(executionArn=execution, error="Why", cause="Because")
    described = local.client.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Why", "Because")
    (last, *_) = local.client.get_execution_history(executionArn=execution, reverseOrder=True)["events"]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)
