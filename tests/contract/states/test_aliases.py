"""What the API answers about aliases of state machines, through boto3."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import ROLE
from tests.contract.states.test_executions import ended
from tests.contract.states.test_state_machines import ABSENT, refused
from tests.contract.states.test_versions import saying

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    """A state machine with two versions."""
    name = f"machine-{uuid4()}"
    created = sfn.create_state_machine(name=name, definition=saying("one"), roleArn=ROLE, publish=True)
    sfn.update_state_machine(
        stateMachineArn=created["stateMachineArn"], definition=saying("two"), publish=True
    )
    return created["stateMachineArn"]


def routing(arn: str, *routes: tuple[int | str, int]) -> list[Any]:
    """Write a routing configuration."""
    return [{"stateMachineVersionArn": f"{arn}:{version}", "weight": weight} for version, weight in routes]


def created(sfn: "SFNClient", arn: str, name: str = "live") -> str:
    """Create an alias that leads to version 1."""
    answer = sfn.create_state_machine_alias(
        name=name, description="first", routingConfiguration=routing(arn, (1, 100))
    )
    return answer["stateMachineAliasArn"]


def listed(sfn: "SFNClient", arn: str, page_size: int = 0) -> list[str]:
    """Return the names of all aliases, page by page."""
    names, wishes = [], {"maxResults": page_size}
    while True:
        page = sfn.list_state_machine_aliases(stateMachineArn=arn, **wishes)  # type: ignore[arg-type]
        names += [alias["stateMachineAliasArn"].rpartition(":")[2] for alias in page["stateMachineAliases"]]
        if "nextToken" not in page:
            return names
        wishes["nextToken"] = page["nextToken"]  # type: ignore[assignment]


def test_an_alias_is_described_as_it_was_created_and_then_as_it_was_changed(
    sfn: "SFNClient", arn: str
) -> None:
    """What an update leaves out stays."""
    alias = created(sfn, arn)
    assert alias == f"{arn}:live"
    described = sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (described["name"], described["description"]) == ("live", "first")
    assert described["routingConfiguration"] == routing(arn, (1, 100))
    assert described["creationDate"] == described["updateDate"]
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 50), (2, 50))
    )
    updated = sfn.update_state_machine_alias(stateMachineAliasArn=alias, description="second")
    described = sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert described["description"] == "second"
    assert described["routingConfiguration"] == routing(arn, (1, 50), (2, 50))
    assert described["updateDate"] == updated["updateDate"] > described["creationDate"]


def test_aliases_are_listed_by_name_and_by_version(sfn: "SFNClient", arn: str) -> None:
    """Page by page as well, in the order in which AWS was recorded to answer."""
    for name in ("c", "a", "b"):
        created(sfn, arn, name)
    alias = f"{arn}:b"
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 0), (2, 100))
    )
    assert listed(sfn, arn) == listed(sfn, arn, 2) == ["a", "b", "c"]
    assert listed(sfn, f"{arn}:1", 1) == ["a", "b", "c"]
    assert listed(sfn, f"{arn}:2") == ["b"]
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    assert listed(sfn, arn) == ["a", "c"]


def test_the_same_creation_twice_is_one_alias(sfn: "SFNClient", arn: str) -> None:
    """Another description or another routing is a conflict, in AWS's words."""
    assert created(sfn, arn) == created(sfn, arn)
    words = (
        "Failed to create alias because an alias with the same name and a different routing configuration "
        "already exists."
    )
    for description, routes in (("other", [(1, 100)]), ("first", [(1, 50), (2, 50)]), ("first", [(2, 100)])):
        answer = refused(
            lambda description=description, routes=routes: sfn.create_state_machine_alias(  # type: ignore[misc]
                name="live", description=description, routingConfiguration=routing(arn, *routes)
            )
        )
        assert answer == ("ConflictException", words)


def test_an_execution_of_an_alias_runs_the_version_that_it_leads_to(sfn: "SFNClient", arn: str) -> None:
    """It belongs to both. An alias that leads elsewhere since changes nothing in it."""
    alias = created(sfn, arn)
    described = ended(sfn, sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert (described["output"], described["stateMachineArn"]) == ('"one"', arn)
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routing(arn, (2, 100)))
    later = ended(sfn, sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert later["output"] == '"two"'
    executions = sfn.list_executions(stateMachineArn=alias)["executions"]
    assert [execution["stateMachineVersionArn"] for execution in executions] == [f"{arn}:2", f"{arn}:1"]
    assert {execution["stateMachineAliasArn"] for execution in executions} == {alias}
    by_version = sfn.list_executions(stateMachineArn=f"{arn}:1")["executions"]
    assert [execution["executionArn"] for execution in by_version] == [described["executionArn"]]


def test_two_versions_share_the_executions_of_an_alias(sfn: "SFNClient", arn: str) -> None:
    """Each gets some of a hundred; that is by chance."""
    alias = created(sfn, arn)
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 50), (2, 50))
    )
    for _ in range(100):
        sfn.start_execution(stateMachineArn=alias)
    executions = sfn.list_executions(stateMachineArn=alias, maxResults=1000)["executions"]
    versions = [execution["stateMachineVersionArn"] for execution in executions]
    assert len(versions) == 100
    assert 20 < versions.count(f"{arn}:1") < 80


def test_an_alias_describes_the_version_that_gets_most(sfn: "SFNClient", arn: str) -> None:
    """With that version's ARN."""
    alias = created(sfn, arn)
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 20), (2, 80))
    )
    described = sfn.describe_state_machine(stateMachineArn=alias)
    assert (described["stateMachineArn"], described["definition"]) == (f"{arn}:2", saying("two"))


def test_a_version_that_an_alias_leads_to_cannot_be_deleted(sfn: "SFNClient", arn: str) -> None:
    """Until the alias leads elsewhere."""
    alias = created(sfn, arn)
    answer = refused(lambda: sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1"))
    assert answer == (
        "ConflictException",
        (
            "Version to be deleted must not be referenced by an alias. "
            "Current list of aliases referencing this version: [live]"
        ),
    )
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routing(arn, (2, 100)))
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")


BROKEN = "1 validation error detected: Value "
RULES = [
    ([("", 100)], "Routing configuration must contain state machine version ARNs. Received: [{arn}:]"),
    ([(1, 50), (1, 50)], "Routing configuration must contain distinct state machine version ARNs."),
    ([(1, 70), (2, 29)], "Sum of routing configuration weights must equal 100. Received: [70, 29]"),
    ([(1, 70), (2, 31)], "Sum of routing configuration weights must equal 100. Received: [70, 31]"),
    ([(1, 101)], f"{BROKEN}'101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: "),
    (
        [(1, 50), (2, 30), (3, 20)],
        f"{BROKEN}'[RoutingConfigurationListItem(stateMachineVersionArn={{arn}}:1, weight=50), RoutingC",
    ),
    ([], f"{BROKEN}'[]' at 'routingConfiguration' failed to satisfy constraint: Member must have length "),
]


@pytest.mark.parametrize(("routes", "words"), RULES)
def test_a_routing_that_breaks_a_rule_is_refused(
    sfn: "SFNClient", arn: str, routes: list[tuple[int | str, int]], words: str
) -> None:
    """In the words that AWS was recorded to answer."""
    bad = routing(arn, *routes)
    code, message = refused(lambda: sfn.create_state_machine_alias(name="live", routingConfiguration=bad))
    assert code == "ValidationException"
    assert message.startswith(words.format(arn=arn))
    assert listed(sfn, arn) == []


def test_an_alias_of_two_state_machines_is_refused(sfn: "SFNClient", arn: str) -> None:
    """Whether it is created or changed."""
    name = f"machine-{uuid4()}"
    other = sfn.create_state_machine(name=name, definition=saying("x"), roleArn=ROLE, publish=True)
    foreign = [{"stateMachineVersionArn": other["stateMachineVersionArn"], "weight": 50}]
    bad = routing(arn, (1, 50)) + foreign
    code, message = refused(lambda: sfn.create_state_machine_alias(name="live", routingConfiguration=bad))
    assert (code, "of one state machine" in message) == ("ValidationException", True)
    alias = created(sfn, arn)
    foreign[0]["weight"] = 100
    code, _ = refused(
        lambda: sfn.update_state_machine_alias(
            stateMachineAliasArn=alias,
            routingConfiguration=foreign,  # type: ignore[arg-type]
        )
    )
    assert code == "ValidationException"


@pytest.mark.parametrize("bad", ["123", "INVALID ALIAS", "!INVALID", "ALIAS@"])
def test_an_alias_name_is_no_number_and_has_no_special_characters(
    sfn: "SFNClient", arn: str, bad: str
) -> None:
    """The pattern comes from AWS's model, and so do the words."""
    answer = refused(
        lambda: sfn.create_state_machine_alias(name=bad, routingConfiguration=routing(arn, (1, 100)))
    )
    assert answer == (
        "ValidationException",
        (
            f"1 validation error detected: Value '{bad}' at 'name' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
        ),
    )


def test_an_update_of_nothing_is_refused(sfn: "SFNClient", arn: str) -> None:
    """Description or routing has to be there."""
    alias = created(sfn, arn)
    answer = refused(lambda: sfn.update_state_machine_alias(stateMachineAliasArn=alias))
    assert answer[0] == "ValidationException"


def test_what_is_not_there_is_not_found(sfn: "SFNClient", arn: str) -> None:
    """Neither the alias nor a version that one shall lead to, in AWS's words."""
    expected = ("ResourceNotFound", "Request references a resource that does not exist.")
    alias, good = f"{arn}:absent", routing(arn, (1, 100))
    for ask in (
        lambda: sfn.describe_state_machine_alias(stateMachineAliasArn=alias),
        lambda: sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=good),
        lambda: sfn.create_state_machine_alias(
            name="live", routingConfiguration=routing(arn, (1, 50), (9, 50))
        ),
        lambda: sfn.list_state_machine_aliases(stateMachineArn=f"{arn}:9"),
    ):
        assert refused(ask) == expected
    answer = refused(lambda: sfn.list_state_machine_aliases(stateMachineArn=ABSENT))
    assert answer[0] == "StateMachineDoesNotExist"
    for no_alias in (arn, f"{arn}:1"):
        answer = refused(
            lambda no_alias=no_alias: sfn.describe_state_machine_alias(  # type: ignore[misc]
                stateMachineAliasArn=no_alias
            )
        )
        assert answer[0] == "InvalidArn"
