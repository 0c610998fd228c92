"""The API's answers about tags, through boto3."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE
from tests.contract.states.test_state_machines import ABSENT, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient

TEAM: Any = {"key": "team", "value": "orders"}
STAGE: Any = {"key": "stage", "value": ""}


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    created = sfn.create_state_machine(
        name=f"machine-{uuid4()}", definition=PASS, roleArn=ROLE, tags=[TEAM], publish=True
    )
    return created["stateMachineArn"]


def test_tags_can_be_added_listed_and_removed(sfn: "SFNClient", arn: str) -> None:
    """This includes the tags of the creation."""
    sfn.tag_resource(resourceArn=arn, tags=[STAGE, {"key": "team", "value": "billing"}])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "billing"}, STAGE]
    sfn.untag_resource(resourceArn=arn, tagKeys=["team", "absent"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [STAGE]


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
def test_versions_have_no_tags_of_their_own(sfn: "SFNClient", arn: str, operation: str) -> None:
    """A missing state machine has none either. The words are AWS's."""
    call: Callable[..., object] = getattr(sfn, operation)
    options_by_operation: dict[str, Any] = {
        "tag_resource": {"tags": [TEAM]},
        "untag_resource": {"tagKeys": ["team"]},
    }
    options = options_by_operation.get(operation, {})
    for other in (f"{arn}:1", ABSENT):
        answer = error_of(lambda other=other: call(resourceArn=other, **options))  # type: ignore[misc]
        assert answer == ("ResourceNotFound", f"Resource not found: '{other}'")


def test_more_than_fifty_tags_are_refused_and_change_nothing(sfn: "SFNClient", arn: str) -> None:
    """The limit is AWS's."""
    fifty: list[Any] = [{"key": f"k{number}", "value": ""} for number in range(50)]
    code, message = error_of(lambda: sfn.tag_resource(resourceArn=arn, tags=fifty))
    assert code == "TooManyTags"
    assert "50 tags, not 51" in message
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [TEAM]


def test_creation_with_invalid_tags_creates_nothing(sfn: "SFNClient") -> None:
    """The message names the tag by its place."""
    name = f"machine-{uuid4()}"
    bad: list[Any] = [{"key": "a<b", "value": ""}]
    code, message = error_of(
        lambda: sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, tags=bad)
    )
    assert code == "ValidationException"
    assert "tags.1.member.key" in message
    absent = ABSENT.replace("absent", name)
    assert (
        error_of(lambda: sfn.describe_state_machine(stateMachineArn=absent))[0] == "StateMachineDoesNotExist"
    )


def test_repeated_creation_ignores_its_tags_and_role(sfn: "SFNClient") -> None:
    """The existing ones stay, as AWS documents it."""
    name = f"machine-{uuid4()}"
    first = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, tags=[TEAM])
    again = sfn.create_state_machine(name=name, definition=PASS, roleArn=f"{ROLE}Other", tags=[STAGE])
    arn = again["stateMachineArn"]
    assert arn == first["stateMachineArn"]
    assert sfn.describe_state_machine(stateMachineArn=arn)["roleArn"] == ROLE
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [TEAM]
