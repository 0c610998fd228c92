"""Test cases in requests, through boto3."""

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from stepfunctions_local.errors import SettingError
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE
from tests.contract.states.test_state_machines import error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient

STATES = "arn:aws:states:::"
TASK = {"Type": "Task", "Resource": f"{STATES}lambda:invoke", "Parameters": {"FunctionName": "f"}}
CONFIG = {
    "StateMachines": {
        "orders": {"TestCases": {"Paid": {"Charge": "Ok"}, "Two words": {"Charge": "Refused"}}},
        "nesting": {"TestCases": {"Outer": {"Absent": "Ok"}, "Whole": {"Start": "Ended"}}},
        "distributed": {"TestCases": {"Paid": {"Charge": "Always"}}},
    },
    "MockedResponses": {
        "Ok": {"0": {"Return": {"paid": True}}},
        "Always": {"0-9": {"Return": {"paid": True}}},
        "Ended": {"0": {"Return": {"Output": {"paid": True}}}},
        "Refused": {"0": {"Throw": {"Error": "Card.Refused", "Cause": "limit"}}},
    },
}


@pytest.fixture(scope="module")
def sfn() -> "Iterator[SFNClient]":
    with LocalStepFunctions(mock_config=CONFIG) as local:
        yield local.client


@pytest.fixture(scope="module")
def arn(sfn: "SFNClient") -> str:
    """The state machine `orders`, with a version and the alias `live`."""
    definition = json.dumps({"StartAt": "Charge", "States": {"Charge": TASK | {"End": True}}})
    created = sfn.create_state_machine(name="orders", definition=definition, roleArn=ROLE, publish=True)
    version: Any = {"stateMachineVersionArn": created["stateMachineVersionArn"], "weight": 100}
    sfn.create_state_machine_alias(name="live", routingConfiguration=[version])
    return created["stateMachineArn"]


def run(sfn: "SFNClient", arn: str) -> Any:
    """Start an execution and describe it."""
    started = sfn.start_execution(stateMachineArn=arn)
    return sfn.describe_execution(executionArn=started["executionArn"])


@pytest.mark.parametrize("qualifier", ["", ":1", ":live"])
def test_test_case_follows_any_arn(sfn: "SFNClient", arn: str, qualifier: str) -> None:
    """The execution's descriptions show none."""
    ended = run(sfn, f"{arn}{qualifier}#Paid")
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '{"paid":true}')
    assert "#" not in str(ended)


def test_test_case_may_have_a_blank_in_its_name(sfn: "SFNClient", arn: str) -> None:
    """The rest of the ARN is its name."""
    ended = run(sfn, f"{arn}#Two words")
    assert (ended["error"], ended["cause"]) == ("Card.Refused", "limit")


def test_unknown_test_case_starts_nothing(sfn: "SFNClient", arn: str) -> None:
    """The error lists those that there are."""
    code, message = error_of(lambda: sfn.start_execution(stateMachineArn=f"{arn}#Other", name="other"))
    assert code == "ValidationException"
    assert message.endswith("in the mock configuration. Its test cases there: Paid, Two words.")
    absent = arn.replace("stateMachine", "execution") + ":other"
    assert error_of(lambda: sfn.describe_execution(executionArn=absent))[0] == "ExecutionDoesNotExist"


def test_bare_hash_names_no_test_case(sfn: "SFNClient", arn: str) -> None:
    """The Task calls its endpoint, where nothing listens."""
    started = sfn.start_execution(stateMachineArn=f"{arn}#", name="bare")
    history = sfn.get_execution_history(executionArn=started["executionArn"])
    assert "TaskSucceeded" not in [event["type"] for event in history["events"]]


def test_other_operations_know_no_test_case(sfn: "SFNClient", arn: str) -> None:
    """No state machine has such an ARN."""
    answer = error_of(lambda: sfn.describe_state_machine(stateMachineArn=f"{arn}#Paid"))
    assert answer[0] == "StateMachineDoesNotExist"


def wait(sfn: "SFNClient", execution_arn: str) -> Any:
    """Wait until an execution has ended, and describe it."""
    for _ in range(6_000):
        ended = sfn.describe_execution(executionArn=execution_arn)
        if ended["status"] != "RUNNING":
            return ended
        time.sleep(0.01)
    raise TimeoutError(execution_arn)


@pytest.mark.parametrize("case", ["Outer", "Whole"])
def test_nested_execution_can_name_its_test_case_or_be_mocked(sfn: "SFNClient", arn: str, case: str) -> None:
    """In the first case the Task that starts it is real, and the endpoint is its own."""
    start = {
        "Type": "Task",
        "Resource": f"{STATES}states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": f"{arn}#Paid"},
        "OutputPath": "$.Output",
        "End": True,
    }
    definition = json.dumps({"StartAt": "Start", "States": {"Start": start}})
    outer = sfn.create_state_machine(name="nesting", definition=definition, roleArn=ROLE)["stateMachineArn"]
    started = sfn.start_execution(stateMachineArn=f"{outer}#{case}")
    assert wait(sfn, started["executionArn"])["output"] == '{"paid":true}'


def test_children_of_a_map_run_are_in_the_test_case_of_their_parent(sfn: "SFNClient") -> None:
    """Each child counts its own invocations."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Charge",
        "States": {"Charge": TASK | {"End": True}},
    }
    mapped = {"Type": "Map", "ItemsPath": "$.orders", "ItemProcessor": processor, "End": True}
    definition = json.dumps({"StartAt": "Map", "States": {"Map": mapped}})
    machine = sfn.create_state_machine(name="distributed", definition=definition, roleArn=ROLE)
    started = sfn.start_execution(
        stateMachineArn=f"{machine['stateMachineArn']}#Paid", input='{"orders": [1, 2]}'
    )
    assert wait(sfn, started["executionArn"])["output"] == '[{"paid":true},{"paid":true}]'


@pytest.mark.parametrize(("case", "status"), [("Paid", "SUCCEEDED"), ("Two words", "FAILED")])
def test_express_execution_can_be_mocked(case: str, status: str) -> None:
    """Its Tasks call nothing either."""
    definition = json.dumps({"StartAt": "Charge", "States": {"Charge": TASK | {"End": True}}})
    with LocalStepFunctions(mock_config=CONFIG) as local:
        sfn = local.client
        machine = sfn.create_state_machine(name="orders", definition=definition, roleArn=ROLE, type="EXPRESS")
        ended = sfn.start_sync_execution(stateMachineArn=f"{machine['stateMachineArn']}#{case}")
    assert ended["status"] == status


def test_unusable_configuration_is_refused_at_once() -> None:
    """No endpoint starts."""
    with pytest.raises(SettingError, match="MockedResponses: it must be an object"):
        LocalStepFunctions(mock_config={"MockedResponses": []})
