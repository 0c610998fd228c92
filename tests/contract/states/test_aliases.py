"""The API's answers about aliases of state machines, through boto3."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.contract.states.machines import ROLE
from tests.contract.states.test_executions import wait_for_end
from tests.contract.states.test_state_machines import ABSENT, error_of
from tests.contract.states.test_versions import define

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@pytest.fixture
def arn(sfn: "SFNClient") -> str:
    """A state machine with two versions."""
    name = f"machine-{uuid4()}"
    created = sfn.create_state_machine(name=name, definition=define("one"), roleArn=ROLE, publish=True)
    sfn.update_state_machine(
        stateMachineArn=created["stateMachineArn"], definition=define("two"), publish=True
    )
    return created["stateMachineArn"]


def routing(arn: str, *routes: tuple[int | str, int]) -> list[Any]:
    """Return a routing configuration."""
    return [{"stateMachineVersionArn": f"{arn}:{version}", "weight": weight} for version, weight in routes]


def create_alias(sfn: "SFNClient", arn: str, name: str = "live") -> str:
    """Create an alias of version 1, and return its ARN."""
    answer = sfn.create_state_machine_alias(
        name=name, description="first", routingConfiguration=routing(arn, (1, 100))
    )
    return answer["stateMachineAliasArn"]


def list_aliases(sfn: "SFNClient", arn: str, page_size: int = 0) -> list[str]:
    """Return the names of all aliases, page by page."""
    names, options = [], {"maxResults": page_size}
    while True:
        page = sfn.list_state_machine_aliases(stateMachineArn=arn, **options)  # type: ignore[arg-type]
        names += [alias["stateMachineAliasArn"].rpartition(":")[2] for alias in page["stateMachineAliases"]]
        if "nextToken" not in page:
            return names
        options["nextToken"] = page["nextToken"]  # type: ignore[assignment]


def test_description_of_an_alias_follows_its_updates(sfn: "SFNClient", arn: str) -> None:
    """An update keeps the members that it leaves out."""
    alias = create_alias(sfn, arn)
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
    """The order was recorded from AWS, and holds across pages."""
    for name in ("c", "a", "b"):
        create_alias(sfn, arn, name)
    alias = f"{arn}:b"
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 0), (2, 100))
    )
    assert list_aliases(sfn, arn) == list_aliases(sfn, arn, 2) == ["a", "b", "c"]
    assert list_aliases(sfn, f"{arn}:1", 1) == ["a", "b", "c"]
    assert list_aliases(sfn, f"{arn}:2") == ["b"]
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    assert list_aliases(sfn, arn) == ["a", "c"]


def test_repeated_creation_returns_the_same_alias(sfn: "SFNClient", arn: str) -> None:
    """A different description or routing is a conflict, in AWS's words."""
    assert create_alias(sfn, arn) == create_alias(sfn, arn)
    words = (
        "Failed to create alias because an alias with the same name and a different routing configuration "
        "already exists."
    )
    for description, routes in (("other", [(1, 100)]), ("first", [(1, 50), (2, 50)]), ("first", [(2, 100)])):
        answer = error_of(
            lambda description=description, routes=routes: sfn.create_state_machine_alias(  # type: ignore[misc]
                name="live", description=description, routingConfiguration=routing(arn, *routes)
            )
        )
        assert answer == ("ConflictException", words)


def test_execution_of_an_alias_runs_the_version_of_its_routing(sfn: "SFNClient", arn: str) -> None:
    """It belongs to both. A later routing of the alias does not change it."""
    alias = create_alias(sfn, arn)
    described = wait_for_end(sfn, sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert (described["output"], described["stateMachineArn"]) == ('"one"', arn)
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routing(arn, (2, 100)))
    later = wait_for_end(sfn, sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert later["output"] == '"two"'
    executions = sfn.list_executions(stateMachineArn=alias)["executions"]
    assert [execution["stateMachineVersionArn"] for execution in executions] == [f"{arn}:2", f"{arn}:1"]
    assert {execution["stateMachineAliasArn"] for execution in executions} == {alias}
    by_version = sfn.list_executions(stateMachineArn=f"{arn}:1")["executions"]
    assert [execution["executionArn"] for execution in by_version] == [described["executionArn"]]


def test_two_versions_share_the_executions_of_an_alias(sfn: "SFNClient", arn: str) -> None:
    """Routing is random: each version gets some of a hundred executions."""
    alias = create_alias(sfn, arn)
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 50), (2, 50))
    )
    for _ in range(100):
        sfn.start_execution(stateMachineArn=alias)
    executions = sfn.list_executions(stateMachineArn=alias, maxResults=1000)["executions"]
    versions = [execution["stateMachineVersionArn"] for execution in executions]
    assert len(versions) == 100
    assert 20 < versions.count(f"{arn}:1") < 80


def test_alias_describes_the_version_with_the_larger_weight(sfn: "SFNClient", arn: str) -> None:
    """The description has that version's ARN."""
    alias = create_alias(sfn, arn)
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(arn, (1, 20), (2, 80))
    )
    described = sfn.describe_state_machine(stateMachineArn=alias)
    assert (described["stateMachineArn"], described["definition"]) == (f"{arn}:2", define("two"))


def test_version_in_the_routing_of_an_alias_cannot_be_deleted(sfn: "SFNClient", arn: str) -> None:
    """It can be deleted once the alias routes elsewhere."""
    alias = create_alias(sfn, arn)
    answer = error_of(lambda: sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1"))
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
def test_invalid_routing_is_refused(
    sfn: "SFNClient", arn: str, routes: list[tuple[int | str, int]], words: str
) -> None:
    """The words were recorded from AWS."""
    bad = routing(arn, *routes)
    code, message = error_of(lambda: sfn.create_state_machine_alias(name="live", routingConfiguration=bad))
    assert code == "ValidationException"
    assert message.startswith(words.format(arn=arn))
    assert list_aliases(sfn, arn) == []


def test_alias_of_two_state_machines_is_refused(sfn: "SFNClient", arn: str) -> None:
    """A creation is refused, and so is an update."""
    name = f"machine-{uuid4()}"
    other = sfn.create_state_machine(name=name, definition=define("x"), roleArn=ROLE, publish=True)
    foreign = [{"stateMachineVersionArn": other["stateMachineVersionArn"], "weight": 50}]
    bad = routing(arn, (1, 50)) + foreign
    code, message = error_of(lambda: sfn.create_state_machine_alias(name="live", routingConfiguration=bad))
    assert (code, "of one state machine" in message) == ("ValidationException", True)
    alias = create_alias(sfn, arn)
    foreign[0]["weight"] = 100
    code, _ = error_of(
        lambda: sfn.update_state_machine_alias(
            stateMachineAliasArn=alias,
            routingConfiguration=foreign,  # type: ignore[arg-type]
        )
    )
    assert code == "ValidationException"


@pytest.mark.parametrize("bad", ["123", "INVALID ALIAS", "!INVALID", "ALIAS@"])
def test_alias_name_that_is_a_number_or_has_special_characters_is_refused(
    sfn: "SFNClient", arn: str, bad: str
) -> None:
    """The pattern and the words come from AWS's model."""
    answer = error_of(
        lambda: sfn.create_state_machine_alias(name=bad, routingConfiguration=routing(arn, (1, 100)))
    )
    assert answer == (
        "ValidationException",
        (
            f"1 validation error detected: Value '{bad}' at 'name' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
        ),
    )


def test_empty_update_is_refused(sfn: "SFNClient", arn: str) -> None:
    """It needs a description or a routing."""
    alias = create_alias(sfn, arn)
    answer = error_of(lambda: sfn.update_state_machine_alias(stateMachineAliasArn=alias))
    assert answer[0] == "ValidationException"


def test_missing_alias_or_version_is_not_found(sfn: "SFNClient", arn: str) -> None:
    """The words are AWS's."""
    expected = ("ResourceNotFound", "Request references a resource that does not exist.")
    alias, good = f"{arn}:absent", routing(arn, (1, 100))
    for call in (
        lambda: sfn.describe_state_machine_alias(stateMachineAliasArn=alias),
        lambda: sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=good),
        lambda: sfn.create_state_machine_alias(
            name="live", routingConfiguration=routing(arn, (1, 50), (9, 50))
        ),
        lambda: sfn.list_state_machine_aliases(stateMachineArn=f"{arn}:9"),
    ):
        assert error_of(call) == expected
    answer = error_of(lambda: sfn.list_state_machine_aliases(stateMachineArn=ABSENT))
    assert answer[0] == "StateMachineDoesNotExist"
    for no_alias in (arn, f"{arn}:1"):
        answer = error_of(
            lambda no_alias=no_alias: sfn.describe_state_machine_alias(  # type: ignore[misc]
                stateMachineAliasArn=no_alias
            )
        )
        assert answer[0] == "InvalidArn"
