"""The API's answers about state machines, through boto3."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.contract.states.machines import PASS, ROLE, SEED, WAIT_AND_PASS

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ABSENT = "arn:aws:states:us-east-1:123456789012:stateMachine:absent"


def error_of(call: Callable[[], object]) -> tuple[str, str]:
    """Return the code and the message of a call's error."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def name() -> str:
    return f"machine-{uuid4()}"


def test_first_definition_of_the_project_is_accepted_verbatim(sfn: "SFNClient", name: str) -> None:
    """Its function's ARN has no account, and is accepted all the same."""
    created = sfn.create_state_machine(name=name, definition=json.dumps(SEED), roleArn=ROLE)
    assert created["stateMachineArn"] == f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"


def test_state_machine_is_described_as_it_was_created(sfn: "SFNClient", name: str) -> None:
    """Definition and role come back unchanged, and the rest has AWS's defaults."""
    arn = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert (described["definition"], described["roleArn"]) == (PASS, ROLE)
    assert (described["status"], described["type"]) == ("ACTIVE", "STANDARD")
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def test_repeated_creation_returns_the_same_state_machine(sfn: "SFNClient", name: str) -> None:
    """The second answer equals the first."""
    first = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    second = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert first["stateMachineArn"] == second["stateMachineArn"]
    assert first["creationDate"] == second["creationDate"]


def test_name_taken_by_another_definition_is_refused(sfn: "SFNClient", name: str) -> None:
    """The message has the ARN of the existing state machine."""
    arn = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    answer = error_of(lambda: sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE))
    assert answer == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_update_affects_only_new_executions(sfn: "SFNClient", name: str) -> None:
    """DescribeStateMachineForExecution returns the definition with which an execution started."""
    arn = sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 9999}')["executionArn"]
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=PASS)
    assert sfn.describe_state_machine(stateMachineArn=arn)["definition"] == PASS
    assert sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == updated["revisionId"]
    started_with = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert started_with["definition"] == WAIT_AND_PASS
    sfn.stop_execution(executionArn=execution)


def test_empty_update_is_refused(sfn: "SFNClient", name: str) -> None:
    """AWS requires at least one change."""
    arn = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    assert error_of(lambda: sfn.update_state_machine(stateMachineArn=arn))[0] == "MissingRequiredParameter"


def test_deleted_state_machine_frees_its_name(sfn: "SFNClient", name: str) -> None:
    """Without open executions it is deleted at once. The name can then have another definition."""
    arn = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
    sfn.delete_state_machine(stateMachineArn=arn)
    assert error_of(lambda: sfn.describe_state_machine(stateMachineArn=arn))[0] == "StateMachineDoesNotExist"
    again = sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE)
    assert again["stateMachineArn"] == arn


def test_deleting_a_missing_state_machine_is_no_error(sfn: "SFNClient") -> None:
    """AWS answers the same."""
    sfn.delete_state_machine(stateMachineArn=ABSENT)


def test_state_machine_with_running_executions_is_deleting_until_they_end(
    sfn: "SFNClient", name: str
) -> None:
    """Meanwhile it accepts no executions. Stopping the last one frees the name."""
    arn = sfn.create_state_machine(name=name, definition=WAIT_AND_PASS, roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=arn, input='{"expirydate": 9999}')["executionArn"]
    sfn.delete_state_machine(stateMachineArn=arn)
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    assert error_of(lambda: sfn.start_execution(stateMachineArn=arn))[0] == "StateMachineDeleting"
    sfn.stop_execution(executionArn=execution)
    sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)


def test_state_machines_are_listed_page_by_page(sfn: "SFNClient", name: str) -> None:
    """The pages return each one once."""
    arns = [
        sfn.create_state_machine(name=f"{name}-{number}", definition=PASS, roleArn=ROLE)["stateMachineArn"]
        for number in range(5)
    ]
    pages = sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    listed = [machine["stateMachineArn"] for page in pages for machine in page["stateMachines"]]
    assert [arn for arn in listed if name in arn] == arns


@pytest.mark.parametrize("bad", ["a b", "a/b", "a{b", "a*b", "a:b", "a\nb", 'a"b', "a\u0085b"])
def test_name_with_forbidden_characters_is_refused(sfn: "SFNClient", bad: str) -> None:
    """They are white space, brackets, wildcards, special and control characters."""
    answer = error_of(lambda: sfn.create_state_machine(name=bad, definition=PASS, roleArn=ROLE))
    assert answer == ("InvalidName", f"Invalid Name: '{bad}'")


def test_name_of_81_characters_is_refused(sfn: "SFNClient") -> None:
    """The limit and the words come from AWS's model."""
    code, message = error_of(lambda: sfn.create_state_machine(name="n" * 81, definition=PASS, roleArn=ROLE))
    assert code == "ValidationException"
    assert message.endswith(
        "at 'name' failed to satisfy constraint: Member must have length less than or equal to 80"
    )


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("[]", "Invalid State Machine Definition"),
        ('{"States": {}}', "StartAt"),
        (
            json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}),
            "MISSING_TRANSITION_TARGET",
        ),
        (
            json.dumps(
                {
                    "StartAt": "A",
                    "States": {"A": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True}},
                }
            ),
            "/States/A",
        ),
        (json.dumps({"StartAt": "A", "States": {"A": {"Type": "Map", "End": True}}}), "/States/A"),
        (
            json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Nope": {"x": 1}, "End": True}}}),
            "Nope",
        ),
    ],
)
def test_invalid_definition_is_refused_with_its_place(
    sfn: "SFNClient", name: str, definition: str, words: str
) -> None:
    """Nothing is created, and the message names the fault and its place."""
    code, message = error_of(lambda: sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE))
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: '")
    assert words in message
    arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"
    assert error_of(lambda: sfn.describe_state_machine(stateMachineArn=arn))[0] == "StateMachineDoesNotExist"


def test_all_missing_members_are_reported_at_once(sfn: "SFNClient") -> None:
    """AWS does the same."""
    create: Callable[[], object] = sfn.create_state_machine  # type: ignore[assignment]
    code, message = error_of(create)
    assert code == "ValidationException"
    assert message.startswith("3 validation errors detected: Value at 'name' failed to satisfy constraint:")


def test_description_has_the_variable_references_of_each_state(sfn: "SFNClient", name: str) -> None:
    """So has that of an execution's state machine. METADATA_ONLY leaves them out."""
    states = {
        "Set": {"Type": "Pass", "Assign": {"days": 7}, "Next": "Use"},
        "Use": {"Type": "Pass", "Parameters": {"days.$": "$days"}, "End": True},
    }
    definition = json.dumps({"StartAt": "Set", "States": states})
    arn = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert described["variableReferences"] == {"Use": ["days"]}
    shown = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert shown["variableReferences"] == {"Use": ["days"]}
    metadata = sfn.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert metadata["definition"] == "{}"
    assert "variableReferences" not in metadata
