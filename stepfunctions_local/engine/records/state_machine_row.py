"""Converts state machines, revisions, versions and aliases to rows and back."""

import json
from typing import Any, Final

from stepfunctions_local.engine.machines.alias import Alias, Route
from stepfunctions_local.engine.machines.state_machine import (
    MachineStatus,
    MachineType,
    Revision,
    Setup,
    StateMachine,
)
from stepfunctions_local.engine.machines.version import Publication, Version
from stepfunctions_local.engine.records.row import to_milliseconds, to_moment

_TYPE: Final = "type"
"""The type of an Express state machine stands among its configuration. Others have no such entry."""


def state_machine_row(machine: StateMachine) -> dict[str, Any]:
    """Return the row of a state machine, without its revision, versions and aliases."""
    first = machine.first_publication
    return {
        "id": machine.id,
        "name": machine.name,
        "status": machine.status,
        "created": to_milliseconds(machine.created),
        "revision": machine.revision.id,
        "tags": json.dumps(dict(machine.tags)),
        "first_publication": json.dumps({"description": first.description}) if first else None,
        "last_version": machine.last_version,
    }


def to_state_machine(
    row: Any,
    revision: Revision,
    versions: dict[int, Version],
    aliases: dict[str, Alias],
) -> StateMachine:
    """Read a state machine from its row."""
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


def revision_row(machine: StateMachine) -> dict[str, Any]:
    """Return the row of a state machine's present revision."""
    revision, setup = machine.revision, machine.revision.setup
    return {
        "id": revision.id,
        "state_machine": machine.id,
        "definition": setup.definition,
        "role_arn": setup.role_arn,
        "configuration": _dump_configuration(setup),
        "updated": to_milliseconds(revision.updated),
        "revision_id": revision.revision_id,
    }


def to_revision(row: Any) -> Revision:
    """Read a revision from its row."""
    identifier, _, definition, role_arn, configuration, updated, revision_id = row
    settings = json.loads(configuration)
    type_ = MachineType(settings.pop(_TYPE, MachineType.STANDARD))
    setup = Setup(definition, role_arn, settings, type_)
    return Revision(identifier, setup, to_moment(updated), revision_id)


def _dump_configuration(setup: Setup) -> str:
    marked = {} if setup.type is MachineType.STANDARD else {_TYPE: setup.type}
    return json.dumps({**setup.configuration, **marked})


def version_row(machine_id: int, version: Version) -> dict[str, Any]:
    """Return the row of a version."""
    return {
        "state_machine": machine_id,
        "number": version.number,
        "revision": version.revision,
        "created": to_milliseconds(version.created),
        "description": version.description,
    }


def to_version(row: Any) -> Version:
    """Read a version from its row."""
    _, number, revision, created, description = row
    return Version(number, revision, to_moment(created), description)


def alias_row(machine_id: int, alias: Alias) -> dict[str, Any]:
    """Return the row of an alias."""
    return {
        "state_machine": machine_id,
        "name": alias.name,
        "routes": json.dumps([(route.version, route.weight) for route in alias.routes]),
        "created": to_milliseconds(alias.created),
        "updated": to_milliseconds(alias.updated),
        "description": alias.description,
    }


def to_alias(row: Any) -> Alias:
    """Read an alias from its row."""
    _, name, routes, created, updated, description = row
    return Alias(
        name,
        tuple(Route(version, weight) for version, weight in json.loads(routes)),
        to_moment(created),
        to_moment(updated),
        description,
    )
