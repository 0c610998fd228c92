"""What the API answers about tags, through boto3."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import PASS, ROLE
from tests.contract.states.test_state_machines import ABSENT, refused

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


def test_tags_are_put_on_shown_and_taken_off(sfn: "SFNClient", arn: str) -> None:
    """Those of the creation included."""
    sfn.tag_resource(resourceArn=arn, tags=[STAGE, {"key": "team", "value": "billing"}])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "billing"}, STAGE]
    sfn.untag_resource(resourceArn=arn, tagKeys=["team", "absent"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [STAGE]


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
def test_versions_have_no_tags_of_their_own(sfn: "SFNClient", arn: str, operation: str) -> None:
    """Nor has what does not exist. The words are AWS's."""
    ask: Callable[..., object] = getattr(sfn, operation)
    every: dict[str, Any] = {"tag_resource": {"tags": [TEAM]}, "untag_resource": {"tagKeys": ["team"]}}
    wishes = every.get(operation, {})
    for other in (f"{arn}:1", ABSENT):
        answer = refused(lambda other=other: ask(resourceArn=other, **wishes))  # type: ignore[misc]
        assert answer == ("ResourceNotFound", f"Resource not found: '{other}'")


def test_more_than_fifty_tags_are_refused_and_change_nothing(sfn: "SFNClient", arn: str) -> None:
    """As AWS limits them."""
    many: list[Any] = [{"key": f"k{number}", "value": ""} for number in range(50)]
    code, message = refused(lambda: sfn.tag_resource(resourceArn=arn, tags=many))
    assert code == "TooManyTags"
    assert "50 tags, not 51" in message
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [TEAM]


def test_a_creation_with_bad_tags_creates_nothing(sfn: "SFNClient") -> None:
    """The tag is named by its place."""
    name = f"machine-{uuid4()}"
    bad: list[Any] = [{"key": "a<b", "value": ""}]
    code, message = refused(
        lambda: sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, tags=bad)
    )
    assert code == "ValidationException"
    assert "tags.1.member.key" in message
    absent = ABSENT.replace("absent", name)
    assert (
        refused(lambda: sfn.describe_state_machine(stateMachineArn=absent))[0] == "StateMachineDoesNotExist"
    )


def test_tags_do_not_make_a_repeated_creation_another(sfn: "SFNClient") -> None:
    """Nor does the role; what was there stays, as AWS documents it."""
    name = f"machine-{uuid4()}"
    first = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, tags=[TEAM])
    again = sfn.create_state_machine(name=name, definition=PASS, roleArn=f"{ROLE}Other", tags=[STAGE])
    arn = again["stateMachineArn"]
    assert arn == first["stateMachineArn"]
    assert sfn.describe_state_machine(stateMachineArn=arn)["roleArn"] == ROLE
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [TEAM]
