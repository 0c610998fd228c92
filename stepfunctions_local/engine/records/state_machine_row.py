"""How state machines, their revisions, versions and aliases stand in the tables, and how they come back."""

import json
from typing import Any

from stepfunctions_local.engine.machines.alias import Alias, Route
from stepfunctions_local.engine.machines.state_machine import MachineStatus, Revision, Setup, StateMachine
from stepfunctions_local.engine.machines.version import Publication, Version
from stepfunctions_local.engine.records.row import to_milliseconds, to_moment


def state_machine_row(machine: StateMachine) -> tuple[Any, ...]:
    """Write a state machine, but for its revision, versions and aliases."""
    first = machine.first_publication
    return (
        machine.id,
        machine.name,
        machine.status,
        to_milliseconds(machine.created),
        machine.revision.id,
        json.dumps(dict(machine.tags)),
        json.dumps({"description": first.description}) if first else None,
        machine.last_version,
    )


def to_state_machine(
    row: Any,  # noqa: ANN401 - a row of SQLite
    revision: Revision,
    versions: dict[int, Version],
    aliases: dict[str, Alias],
) -> StateMachine:
    """Read a state machine."""
    identifier, name, status, created, _, tags, first_publication, last_version = row
    return StateMachine(
        identifier,
        name,
        to_moment(created),
        revision,
        MachineStatus(status),
        json.loads(tags),
        Publication(**json.loads(first_publication)) if first_publication else None,
        last_version,
        versions,
        aliases,
    )


def revision_row(machine: StateMachine) -> tuple[Any, ...]:
    """Write a state machine's present revision."""
    revision, setup = machine.revision, machine.revision.setup
    return (
        revision.id,
        machine.id,
        setup.definition,
        setup.role_arn,
        json.dumps(dict(setup.configuration)),
        to_milliseconds(revision.updated),
        revision.revision_id,
    )


def to_revision(row: Any) -> Revision:  # noqa: ANN401 - a row of SQLite
    """Read a revision."""
    identifier, _, definition, role_arn, configuration, updated, revision_id = row
    setup = Setup(definition, role_arn, json.loads(configuration))
    return Revision(identifier, setup, to_moment(updated), revision_id)


def version_row(machine_id: int, version: Version) -> tuple[Any, ...]:
    """Write a version."""
    return (
        machine_id,
        version.number,
        version.revision,
        to_milliseconds(version.created),
        version.description,
    )


def to_version(row: Any) -> Version:  # noqa: ANN401 - a row of SQLite
    """Read a version."""
    _, number, revision, created, description = row
    return Version(number, revision, to_moment(created), description)


def alias_row(machine_id: int, alias: Alias) -> tuple[Any, ...]:
    """Write an alias."""
    return (
        machine_id,
        alias.name,
        json.dumps([(route.version, route.weight) for route in alias.routes]),
        to_milliseconds(alias.created),
        to_milliseconds(alias.updated),
        alias.description,
    )


def to_alias(row: Any) -> Alias:  # noqa: ANN401 - a row of SQLite
    """Read an alias."""
    _, name, routes, created, updated, description = row
    return Alias(
        name,
        tuple(Route(version, weight) for version, weight in json.loads(routes)),
        to_moment(created),
        to_moment(updated),
        description,
    )
