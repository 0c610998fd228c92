"""What the API answers about versions of state machines, through boto3."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE, WAIT_AND_PASS
from tests.contract.states.test_executions import LONG, ended
from tests.contract.states.test_state_machines import ABSENT, refused

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def saying(word: str) -> str:
    """Define a state machine whose executions end with a word."""
    state = {"Type": "Pass", "Result": word, "End": True}
    return json.dumps({"StartAt": "Say", "States": {"Say": state}})


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    created = sfn.create_state_machine(name=f"machine-{uuid4()}", definition=saying("one"), roleArn=ROLE)
    return created["stateMachineArn"]


def listed(sfn: "SFNClient", arn: str, page_size: int = 0) -> list[str]:
    """Return the qualifiers of all versions, page by page."""
    qualifiers, wishes = [], {"maxResults": page_size}
    while True:
        page = sfn.list_state_machine_versions(stateMachineArn=arn, **wishes)  # type: ignore[arg-type]
        versions = [version["stateMachineVersionArn"] for version in page["stateMachineVersions"]]
        assert len(versions) <= (page_size or 100)
        qualifiers += [version.removeprefix(f"{arn}:") for version in versions]
        if "nextToken" not in page:
            return qualifiers
        wishes["nextToken"] = page["nextToken"]  # type: ignore[assignment]


def test_versions_are_numbered_and_listed_latest_first(sfn: "SFNClient", arn: str) -> None:
    """Page by page as well; a number that was deleted is not given again."""
    for word in ("two", "three", "four"):
        sfn.publish_state_machine_version(stateMachineArn=arn)
        sfn.update_state_machine(stateMachineArn=arn, definition=saying(word))
    assert listed(sfn, arn) == listed(sfn, arn, 2) == ["3", "2", "1"]
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:3")
    published = sfn.publish_state_machine_version(stateMachineArn=arn)
    assert published["stateMachineVersionArn"] == f"{arn}:4"
    assert listed(sfn, arn) == ["4", "2", "1"]


def test_publishing_the_same_revision_again_is_one_version(sfn: "SFNClient", arn: str) -> None:
    """With the date of the first time."""
    first = sfn.publish_state_machine_version(stateMachineArn=arn, description="one")
    again = sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL")
    assert first["stateMachineVersionArn"] == again["stateMachineVersionArn"] == f"{arn}:1"
    assert first["creationDate"] == again["creationDate"]


def test_a_version_shows_what_was_published_and_the_machine_what_it_is_now(
    sfn: "SFNClient", arn: str
) -> None:
    """The version has its own ARN, date, description and revision."""
    updated = sfn.update_state_machine(
        stateMachineArn=arn, definition=saying("two"), publish=True, versionDescription="to keep"
    )
    sfn.update_state_machine(stateMachineArn=arn, definition=PASS, roleArn=f"{ROLE}Other")
    version = sfn.describe_state_machine(stateMachineArn=updated["stateMachineVersionArn"])
    assert version["stateMachineArn"] == f"{arn}:1"
    assert (version["definition"], version["roleArn"]) == (saying("two"), ROLE)
    assert (version["description"], version["revisionId"]) == ("to keep", updated["revisionId"])
    machine = sfn.describe_state_machine(stateMachineArn=arn)
    assert (machine["stateMachineArn"], machine["definition"]) == (arn, PASS)
    assert "description" not in machine


def test_configuration_belongs_to_the_revision(sfn: "SFNClient", arn: str) -> None:
    """Tracing that is switched on later is not switched on in a version of before."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    sfn.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    assert sfn.describe_state_machine(stateMachineArn=f"{arn}:1")["tracingConfiguration"] == {
        "enabled": False
    }
    assert sfn.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}


def test_a_creation_can_publish_and_a_repeated_one_has_to_ask_the_same(sfn: "SFNClient") -> None:
    """Otherwise it is another creation with the same name."""
    name = f"machine-{uuid4()}"
    for _ in range(2):
        created = sfn.create_state_machine(
            name=name, definition=PASS, roleArn=ROLE, publish=True, versionDescription="first"
        )
        assert created["stateMachineVersionArn"] == f"{created['stateMachineArn']}:1"
    for wishes in ({}, {"publish": True}, {"publish": True, "versionDescription": "other"}):
        code, _ = refused(
            lambda wishes=wishes: sfn.create_state_machine(  # type: ignore[misc]
                name=name, definition=PASS, roleArn=ROLE, **wishes
            )
        )
        assert code == "StateMachineAlreadyExists"


def test_without_publish_there_is_no_version_to_describe(sfn: "SFNClient", arn: str) -> None:
    """In AWS's words; neither is anything changed."""
    expected = ("ValidationException", "Version description can only be set when publish is true")
    update = {"stateMachineArn": arn, "definition": PASS, "versionDescription": "to keep"}
    assert refused(lambda: sfn.update_state_machine(**update)) == expected  # type: ignore[arg-type]
    create = {"name": "none", "definition": PASS, "roleArn": ROLE, "versionDescription": "to keep"}
    assert refused(lambda: sfn.create_state_machine(**create)) == expected  # type: ignore[arg-type]
    assert sfn.describe_state_machine(stateMachineArn=arn)["definition"] == saying("one")


def test_an_update_that_changes_nothing_makes_no_revision(sfn: "SFNClient", arn: str) -> None:
    """It was recorded so, with and without an id; what it publishes is the version that is there."""
    for _ in range(2):
        updated = sfn.update_state_machine(stateMachineArn=arn, definition=saying("one"), publish=True)
        assert updated["stateMachineVersionArn"] == f"{arn}:1"
        assert "revisionId" not in updated
    first = sfn.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}Other")
    again = sfn.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}Other")
    assert first["revisionId"] == again["revisionId"]


def test_publishing_what_has_changed_since_is_a_conflict(sfn: "SFNClient", arn: str) -> None:
    """The message tells both revisions."""
    present = sfn.update_state_machine(stateMachineArn=arn, definition=PASS)["revisionId"]
    answer = refused(lambda: sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL"))
    assert answer == (
        "ConflictException",
        (
            "Failed to publish the State Machine version for revision INITIAL. "
            f"The current State Machine revision is {present}."
        ),
    )
    assert listed(sfn, arn) == []


def test_an_execution_of_a_version_runs_what_was_published(sfn: "SFNClient", arn: str) -> None:
    """It is told by version, and the state machine's own ARN stands beside it."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    sfn.update_state_machine(stateMachineArn=arn, definition=saying("two"))
    described = ended(sfn, sfn.start_execution(stateMachineArn=f"{arn}:1")["executionArn"])
    assert (described["output"], described["stateMachineArn"]) == ('"one"', arn)
    assert described["stateMachineVersionArn"] == f"{arn}:1"
    assert "stateMachineAliasArn" not in described
    shown = sfn.describe_state_machine_for_execution(executionArn=described["executionArn"])
    assert (shown["stateMachineArn"], shown["definition"]) == (arn, saying("one"))


def test_an_execution_of_the_state_machine_belongs_to_no_version(sfn: "SFNClient", arn: str) -> None:
    """Though its revision was published. Listing by version shows the others."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    plain = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    versioned = sfn.start_execution(stateMachineArn=f"{arn}:1")["executionArn"]
    assert "stateMachineVersionArn" not in ended(sfn, plain)
    ended(sfn, versioned)
    by_version = sfn.list_executions(stateMachineArn=f"{arn}:1", statusFilter="SUCCEEDED")["executions"]
    assert [execution["executionArn"] for execution in by_version] == [versioned]
    assert by_version[0]["stateMachineVersionArn"] == f"{arn}:1"
    everything = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert {execution["executionArn"] for execution in everything} == {plain, versioned}


def test_a_version_can_be_deleted_while_executions_of_it_run(sfn: "SFNClient", arn: str) -> None:
    """They run on, and still tell what they run; new ones cannot be started."""
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT_AND_PASS, publish=True)
    execution = sfn.start_execution(stateMachineArn=f"{arn}:1", input='{"expirydate": 4}')["executionArn"]
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    message = f"State Machine Does Not Exist: '{arn}:1'"
    for ask in (sfn.start_execution, sfn.describe_state_machine, sfn.list_executions):
        answer = refused(lambda ask=ask: ask(stateMachineArn=f"{arn}:1"))  # type: ignore[misc]
        assert answer == ("StateMachineDoesNotExist", message)
    described = ended(sfn, execution)
    assert (described["status"], described["stateMachineVersionArn"]) == ("SUCCEEDED", f"{arn}:1")


def test_the_same_name_and_input_is_one_execution_by_whatever_arn(sfn: "SFNClient", arn: str) -> None:
    """AWS documents name and input as what counts."""
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT_AND_PASS, publish=True)
    first = sfn.start_execution(stateMachineArn=f"{arn}:1", name="order-42", input=LONG)
    second = sfn.start_execution(stateMachineArn=arn, name="order-42", input=LONG)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    described = sfn.stop_execution(executionArn=first["executionArn"]) and sfn.describe_execution(
        executionArn=first["executionArn"]
    )
    assert described["stateMachineVersionArn"] == f"{arn}:1"


def test_a_version_cannot_be_changed(sfn: "SFNClient", arn: str) -> None:
    """AWS answers that there is no such state machine; deleting one as a whole says what to use."""
    sfn.publish_state_machine_version(stateMachineArn=arn)
    message = f"State Machine Does Not Exist: '{arn}:1'"
    answer = refused(lambda: sfn.update_state_machine(stateMachineArn=f"{arn}:1", definition=PASS))
    assert answer == ("StateMachineDoesNotExist", message)
    answer = refused(lambda: sfn.publish_state_machine_version(stateMachineArn=f"{arn}:1"))
    assert answer == ("StateMachineDoesNotExist", message)
    code, words = refused(lambda: sfn.delete_state_machine(stateMachineArn=f"{arn}:1"))
    assert code == "ValidationException"
    assert "DeleteStateMachineVersion" in words


def test_versions_of_what_is_not_there(sfn: "SFNClient") -> None:
    """AWS names an error for publishing, none for deleting; for listing, its API has only this one."""
    message = f"State Machine Does Not Exist: '{ABSENT}'"
    answer = refused(lambda: sfn.publish_state_machine_version(stateMachineArn=ABSENT))
    assert answer == ("StateMachineDoesNotExist", message)
    answer = refused(lambda: sfn.list_state_machine_versions(stateMachineArn=ABSENT))
    assert answer == ("ValidationException", message)
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{ABSENT}:1")
    answer = refused(lambda: sfn.delete_state_machine_version(stateMachineVersionArn=ABSENT))
    assert answer[0] == "InvalidArn"


def test_a_state_machine_goes_with_its_versions_and_aliases(sfn: "SFNClient", arn: str) -> None:
    """What has the name next begins anew."""
    name = arn.rpartition(":")[2]
    published = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    sfn.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": published, "weight": 100}]
    )
    sfn.delete_state_machine(stateMachineArn=arn)
    assert refused(lambda: sfn.describe_state_machine(stateMachineArn=published))[0] == (
        "StateMachineDoesNotExist"
    )
    sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert listed(sfn, arn) == []
    assert sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"] == []
    assert sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:1"
