"""Published versions of a state machine, and the aliases that route to them."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from stepfunctions_local.engine.errors import ConflictException, ServiceQuotaExceededException
from stepfunctions_local.engine.machines.alias import MAX_ALIASES, Alias, Route
from stepfunctions_local.engine.machines.state_machine import Revision, Setup, StateMachine
from stepfunctions_local.engine.machines.version import MAX_VERSIONS, Publication, Version
from tests.unit.engine.harness import NOW, ROLE

MACHINE = StateMachine(1, "m", NOW, Revision(1, Setup("{}", ROLE), NOW))
LATER = NOW + timedelta(days=1)


def revise(machine: StateMachine) -> StateMachine:
    """Return a state machine with its next revision."""
    number = machine.revision.id + 1
    return replace(machine, revision=replace(machine.revision, id=number, revision_id=f"uuid-{number}"))


def alias(name: str, *routes: tuple[int, int]) -> Alias:
    """Return an alias with routes."""
    return Alias(name, tuple(Route(*route) for route in routes), NOW, NOW)


def test_versions_count_from_one_and_keep_their_revision() -> None:
    """A later revision does not change them."""
    first = MACHINE.publish(Publication("one"), NOW)
    second = revise(first).publish(Publication(), LATER)
    assert dict(second.versions) == {1: Version(1, 1, NOW, "one"), 2: Version(2, 2, LATER)}


def test_revision_is_published_once() -> None:
    """Publishing it again returns the same version."""
    once = MACHINE.publish(Publication("one"), NOW)
    assert once.publish(Publication("other"), LATER) is once
    assert once.published_version == Version(1, 1, NOW, "one")
    assert revise(once).published_version is None


def test_number_of_a_deleted_version_is_not_reused() -> None:
    """Its revision can be published again."""
    machine = MACHINE.publish(Publication(), NOW).without_version(1).publish(Publication(), NOW)
    assert list(machine.versions) == [2]


def test_state_machine_has_at_most_a_thousand_versions() -> None:
    """Deleting one makes room."""
    versions = {number: Version(number, -number, NOW) for number in range(1, MAX_VERSIONS + 1)}
    full = replace(MACHINE, versions=versions, last_version=MAX_VERSIONS)
    with pytest.raises(ServiceQuotaExceededException, match=r"1000 versions.*DeleteStateMachineVersion"):
        full.publish(Publication(), NOW)
    assert full.without_version(1).publish(Publication(), NOW).last_version == MAX_VERSIONS + 1


def test_state_machine_has_at_most_a_hundred_aliases() -> None:
    """An existing alias can still be updated."""
    machine = MACHINE.publish(Publication(), NOW)
    for number in range(MAX_ALIASES):
        machine = machine.with_alias(alias(f"a{number}", (1, 100)))
    with pytest.raises(ServiceQuotaExceededException, match=r"100 aliases.*DeleteStateMachineAlias"):
        machine.with_alias(alias("another", (1, 100)))
    assert len(machine.with_alias(alias("a0", (1, 100))).aliases) == MAX_ALIASES


def test_version_in_the_routing_of_aliases_cannot_be_deleted() -> None:
    """The error names the aliases, including those without weight."""
    machine = revise(MACHINE.publish(Publication(), NOW)).publish(Publication(), NOW)
    machine = machine.with_alias(alias("live", (1, 0), (2, 100))).with_alias(alias("old", (1, 100)))
    with pytest.raises(ConflictException, match=r"referencing this version: \[live, old\]"):
        machine.without_version(1)
    assert list(machine.without_alias("live").without_version(2).versions) == [1]


@pytest.mark.parametrize(("present", "refused"), [(MACHINE, "uuid-2"), (revise(MACHINE), "INITIAL")])
def test_outdated_revision_is_refused(present: StateMachine, refused: str) -> None:
    """The first revision, which has no id, is called INITIAL."""
    present.require_revision(present.revision.revision_id or "INITIAL")
    with pytest.raises(ConflictException, match=f"for revision {refused}. The current"):
        present.require_revision(refused)


def test_alias_distributes_executions_by_weight() -> None:
    """The shares of ten thousand choices are within one percentage point."""
    chosen, random = alias("live", (1, 20), (2, 80)), Random(7)
    share = sum(chosen.choose(random) == 1 for _ in range(10_000)) / 10_000
    assert 0.19 < share < 0.21
    assert chosen.main_version == 2


@pytest.mark.parametrize("routes", [((1, 100),), ((1, 100), (2, 0)), ((2, 0), (1, 100))])
def test_version_without_weight_gets_no_execution(routes: tuple[tuple[int, int], ...]) -> None:
    """All executions run the other version."""
    random = Random(7)
    assert {alias("live", *routes).choose(random) for _ in range(1_000)} == {1}
