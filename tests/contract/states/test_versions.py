"""The API's answers about versions of state machines, through boto3."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE, WAIT_AND_PASS
from tests.contract.states.test_executions import LONG, wait_for_end
from tests.contract.states.test_state_machines import ABSENT, error_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def define(word: str) -> str:
    """Return a definition whose output is the word."""
    state = {"Type": "Pass", "Result": word, "End": True}
    return json.dumps({"StartAt": "Say", "States": {"Say": state}})


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    created = sfn.create_state_machine(name=f"machine-{uuid4()}", definition=define("one"), roleArn=ROLE)
    return created["stateMachineArn"]


def list_versions(sfn: "SFNClient", arn: str, page_size: int = 0) -> list[str]:
    """Return the numbers of all versions, page by page."""
    qualifiers, options = [], {"maxResults": page_size}
    while True:
        page = sfn.list_state_machine_versions(stateMachineArn=arn, **options)  # type: ignore[arg-type]
        versions = [version["stateMachineVersionArn"] for version in page["stateMachineVersions"]]
        assert len(versions) <= (page_size or 100)
        qualifiers += [version.removeprefix(f"{arn}:") for version in versions]
        if "nextToken" not in page:
            return qualifiers
        options["nextToken"] = page["nextToken"]  # type: ignore[assignment]


def test_versions_are_numbered_and_listed_latest_first(sfn: "SFNClient", arn: str) -> None:
    """The order holds across pages, and a deleted number is not used again."""
    for word in ("two", "three", "four"):
        sfn.publish_state_machine_version(stateMachineArn=arn)
        sfn.update_state_machine(stateMachineArn=arn, definition=define(word))
    assert list_versions(sfn, arn) == list_versions(sfn, arn, 2) == ["3", "2", "1"]
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:3")
    published = sfn.publish_state_machine_version(stateMachineArn=arn)
    assert published["stateMachineVersionArn"] == f"{arn}:4"
    assert list_versions(sfn, arn) == ["4", "2", "1"]


def test_publishing_a_revision_again_returns_the_same_version(sfn: "SFNClient", arn: str) -> None:
    """Its date is that of the first time."""
    first = sfn.publish_state_machine_version(stateMachineArn=arn, description="one")
    again = sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL")
    assert first["stateMachineVersionArn"] == again["stateMachineVersionArn"] == f"{arn}:1"
    assert first["creationDate"] == again["creationDate"]


def test_version_keeps_the_published_definition(sfn: "SFNClient", arn: str) -> None:
    """The version has its own ARN, description and revision. The state machine has the new definition."""
    updated = sfn.update_state_machine(
        stateMachineArn=arn, definition=define("two"), publish=True, versionDescription="to keep"
    )
    sfn.update_state_machine(stateMachineArn=arn, definition=PASS, roleArn=f"{ROLE}Other")
    version = sfn.describe_state_machine(stateMachineArn=updated["stateMachineVersionArn"])
    assert version["stateMachineArn"] == f"{arn}:1"
    assert (version["definition"], version["roleArn"]) == (define("two"), ROLE)
    assert (version["description"], version["revisionId"]) == ("to keep", updated["revisionId"])
    machine = sfn.describe_state_machine(stateMachineArn=arn)
    assert (machine["stateMachineArn"], machine["definition"]) == (arn, PASS)
    assert "description" not in machine


def test_configuration_belongs_to_the_revision(sfn: "SFNClient", arn: str) -> None:
    """Tracing that is enabled later is not enabled in an earlier version."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    sfn.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    assert sfn.describe_state_machine(stateMachineArn=f"{arn}:1")["tracingConfiguration"] == {
        "enabled": False
    }
    assert sfn.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}


def test_repeated_creation_must_publish_the_same_version(sfn: "SFNClient") -> None:
    """Otherwise it is another creation with the same name."""
    name = f"machine-{uuid4()}"
    for _ in range(2):
        created = sfn.create_state_machine(
            name=name, definition=PASS, roleArn=ROLE, publish=True, versionDescription="first"
        )
        assert created["stateMachineVersionArn"] == f"{created['stateMachineArn']}:1"
    for options in ({}, {"publish": True}, {"publish": True, "versionDescription": "other"}):
        code, _ = error_of(
            lambda options=options: sfn.create_state_machine(  # type: ignore[misc]
                name=name, definition=PASS, roleArn=ROLE, **options
            )
        )
        assert code == "StateMachineAlreadyExists"


def test_version_description_without_publish_is_refused(sfn: "SFNClient", arn: str) -> None:
    """The words are AWS's, and nothing changes."""
    expected = ("ValidationException", "Version description can only be set when publish is true")
    update = {"stateMachineArn": arn, "definition": PASS, "versionDescription": "to keep"}
    assert error_of(lambda: sfn.update_state_machine(**update)) == expected  # type: ignore[arg-type]
    create = {"name": "none", "definition": PASS, "roleArn": ROLE, "versionDescription": "to keep"}
    assert error_of(lambda: sfn.create_state_machine(**create)) == expected  # type: ignore[arg-type]
    assert sfn.describe_state_machine(stateMachineArn=arn)["definition"] == define("one")


def test_update_without_a_change_makes_no_revision(sfn: "SFNClient", arn: str) -> None:
    """This was recorded with and without an id. If the update publishes, it returns the existing version."""
    for _ in range(2):
        updated = sfn.update_state_machine(stateMachineArn=arn, definition=define("one"), publish=True)
        assert updated["stateMachineVersionArn"] == f"{arn}:1"
        assert "revisionId" not in updated
    first = sfn.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}Other")
    again = sfn.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}Other")
    assert first["revisionId"] == again["revisionId"]


def test_publishing_an_outdated_revision_is_a_conflict(sfn: "SFNClient", arn: str) -> None:
    """The message names both revisions."""
    present = sfn.update_state_machine(stateMachineArn=arn, definition=PASS)["revisionId"]
    answer = error_of(lambda: sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL"))
    assert answer == (
        "ConflictException",
        (
            "Failed to publish the State Machine version for revision INITIAL. "
            f"The current State Machine revision is {present}."
        ),
    )
    assert list_versions(sfn, arn) == []


def test_execution_of_a_version_runs_the_published_definition(sfn: "SFNClient", arn: str) -> None:
    """Its description has the ARNs of the version and of the state machine."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    sfn.update_state_machine(stateMachineArn=arn, definition=define("two"))
    described = wait_for_end(sfn, sfn.start_execution(stateMachineArn=f"{arn}:1")["executionArn"])
    assert (described["output"], described["stateMachineArn"]) == ('"one"', arn)
    assert described["stateMachineVersionArn"] == f"{arn}:1"
    assert "stateMachineAliasArn" not in described
    shown = sfn.describe_state_machine_for_execution(executionArn=described["executionArn"])
    assert (shown["stateMachineArn"], shown["definition"]) == (arn, define("one"))


def test_execution_of_the_state_machine_belongs_to_no_version(sfn: "SFNClient", arn: str) -> None:
    """This holds though its revision was published. A list by version shows only the others."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    plain = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    versioned = sfn.start_execution(stateMachineArn=f"{arn}:1")["executionArn"]
    assert "stateMachineVersionArn" not in wait_for_end(sfn, plain)
    wait_for_end(sfn, versioned)
    by_version = sfn.list_executions(stateMachineArn=f"{arn}:1", statusFilter="SUCCEEDED")["executions"]
    assert [execution["executionArn"] for execution in by_version] == [versioned]
    assert by_version[0]["stateMachineVersionArn"] == f"{arn}:1"
    all_executions = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert {execution["executionArn"] for execution in all_executions} == {plain, versioned}


def test_version_can_be_deleted_while_its_executions_run(sfn: "SFNClient", arn: str) -> None:
    """They continue and keep their version, but new ones cannot be started."""
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT_AND_PASS, publish=True)
    execution = sfn.start_execution(stateMachineArn=f"{arn}:1", input='{"expirydate": 4}')["executionArn"]
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    message = f"State Machine Does Not Exist: '{arn}:1'"
    for call in (sfn.start_execution, sfn.describe_state_machine, sfn.list_executions):
        answer = error_of(lambda call=call: call(stateMachineArn=f"{arn}:1"))  # type: ignore[misc]
        assert answer == ("StateMachineDoesNotExist", message)
    described = wait_for_end(sfn, execution)
    assert (described["status"], described["stateMachineVersionArn"]) == ("SUCCEEDED", f"{arn}:1")


def test_same_name_and_input_is_one_execution_through_any_arn(sfn: "SFNClient", arn: str) -> None:
    """According to AWS, only name and input count."""
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT_AND_PASS, publish=True)
    first = sfn.start_execution(stateMachineArn=f"{arn}:1", name="order-42", input=LONG)
    second = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    described = sfn.stop_execution(executionArn=first["executionArn"]) and sfn.describe_execution(
        executionArn=first["executionArn"]
    )
    assert described["stateMachineVersionArn"] == f"{arn}:1"


def test_version_cannot_be_changed(sfn: "SFNClient", arn: str) -> None:
    """AWS answers that there is no such state machine. DeleteStateMachine names the right operation."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    message = f"State Machine Does Not Exist: '{arn}:1'"
    answer = error_of(lambda: sfn.update_state_machine(stateMachineArn=f"{arn}:1", definition=PASS))
    assert answer == ("StateMachineDoesNotExist", message)
    answer = error_of(lambda: sfn.publish_state_machine_version(stateMachineArn=f"{arn}:1"))
    assert answer == ("StateMachineDoesNotExist", message)
    code, words = error_of(lambda: sfn.delete_state_machine(stateMachineArn=f"{arn}:1"))
    assert code == "ValidationException"
    assert "DeleteStateMachineVersion" in words


def test_versions_of_a_missing_state_machine_are_refused(sfn: "SFNClient") -> None:
    """AWS names an error for publishing, and none for deleting. For listing, its API has only this one."""
    message = f"State Machine Does Not Exist: '{ABSENT}'"
    answer = error_of(lambda: sfn.publish_state_machine_version(stateMachineArn=ABSENT))
    assert answer == ("StateMachineDoesNotExist", message)
    answer = error_of(lambda: sfn.list_state_machine_versions(stateMachineArn=ABSENT))
    assert answer == ("ValidationException", message)
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{ABSENT}:1")
    answer = error_of(lambda: sfn.delete_state_machine_version(stateMachineVersionArn=ABSENT))
    assert answer[0] == "InvalidArn"


def test_deleted_state_machine_loses_its_versions_and_aliases(sfn: "SFNClient", arn: str) -> None:
    """The next state machine of that name starts without them."""
    name = arn.rpartition(":")[2]
    published = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    sfn.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": published, "weight": 100}]
    )
    sfn.delete_state_machine(stateMachineArn=arn)
    assert error_of(lambda: sfn.describe_state_machine(stateMachineArn=published))[0] == (
        "StateMachineDoesNotExist"
    )
    sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert list_versions(sfn, arn) == []
    assert sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"] == []
    assert sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:1"
