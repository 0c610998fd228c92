"""The operations on state machines, as the API Reference describes them."""

import logging
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.configuration import given_configuration
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.unsupported import ONLY_STANDARD
from stepfunctions_local.engine.errors import (
    InvalidArn,
    MissingRequiredParameter,
    StateMachineDoesNotExist,
    StateMachineTypeNotSupported,
    ValidationException,
)
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.state_machine import (
    DEFAULT_CONFIGURATION,
    Revision,
    Setup,
    StateMachine,
)
from stepfunctions_local.engine.machines.tags import read_tags, with_tags
from stepfunctions_local.engine.machines.version import Publication
from stepfunctions_local.language import Diagnostic, InvalidDefinition, variable_references

_LOG = logging.getLogger(__name__)

_FIRST_VERSION = 1
"""What a creation publishes; a repeated one answers with it again."""


class StateMachineOperations(Operations):
    """Creates, changes, shows and deletes state machines."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "CreateStateMachine": self.create,
            "UpdateStateMachine": self.update,
            "DescribeStateMachine": self.describe,
            "DescribeStateMachineForExecution": self.describe_for_execution,
            "ListStateMachines": self.list_all,
            "DeleteStateMachine": self.delete,
        }

    async def create(self, request: dict[str, Any]) -> Reply:
        """CreateStateMachine."""
        name = require_valid_name(request["name"])
        _require_standard(request)
        setup = Setup(
            request["definition"],
            _role(request["roleArn"]),
            {**DEFAULT_CONFIGURATION, **given_configuration(request)},
        )
        tags = with_tags({}, read_tags(request.get("tags") or ()), self._engine.arns.state_machine(name))
        publication = _publication(request)
        machine, warnings = await self._catalog.create(
            name, setup, self._engine.clock.now(), tags, publication
        )
        _warn(name, warnings)
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "creationDate": machine.created.timestamp(),
            "stateMachineVersionArn": self._catalog.arn(machine, _FIRST_VERSION) if publication else None,
        }

    async def update(self, request: dict[str, Any]) -> Reply:
        """UpdateStateMachine."""
        configuration = given_configuration(request)
        if not (request.get("definition") or request.get("roleArn") or configuration):
            raise MissingRequiredParameter(
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                "must be specified"
            )
        publication = _publication(request)
        machine = self._catalog.find(request["stateMachineArn"])
        present = machine.revision.setup
        setup = Setup(
            request.get("definition") or present.definition,
            _role(request.get("roleArn") or present.role_arn),
            {**present.configuration, **configuration},
        )
        changed, warnings = await self._catalog.update(machine, setup, self._engine.clock.now(), publication)
        _warn(changed.name, warnings)
        version = changed.published_version if publication else None
        return {
            "updateDate": changed.revision.updated.timestamp(),
            "revisionId": changed.revision.revision_id,
            "stateMachineVersionArn": self._catalog.arn(changed, version.number) if version else None,
        }

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachine; an alias answers with the version that gets most of its executions."""
        target = self._catalog.target(request["stateMachineArn"])
        machine, version = target.machine, target.main_version
        revision = self._catalog.revision(version.revision) if version else machine.revision
        return {
            "stateMachineArn": self._catalog.arn(machine, version.number if version else None),
            "name": machine.name,
            "status": machine.status,
            "type": "STANDARD",
            "creationDate": (version or machine).created.timestamp(),
            "description": version and version.description,
            **self._described(revision, request),
        }

    def describe_for_execution(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachineForExecution: as it was when the execution started."""
        execution = self._engine.find(request["executionArn"])
        machine = self._catalog.get(execution.state_machine_id)
        revision = self._catalog.revision(execution.revision_id)
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "updateDate": revision.updated.timestamp(),
            **self._described(revision, request),
        }

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListStateMachines, by name: the order in which AWS was recorded to answer."""
        page = self._paging.page(["ListStateMachines"], request, self._catalog.all(), attrgetter("name"))
        return {
            "stateMachines": [self._listed(machine) for machine in page.items],
            "nextToken": page.next_token,
        }

    async def delete(self, request: dict[str, Any]) -> Reply:
        """DeleteStateMachine: no error where there is none, as on AWS."""
        try:
            target = self._catalog.target(request["stateMachineArn"])
        except StateMachineDoesNotExist:
            return {}
        if target.version or target.alias:
            raise ValidationException(
                f"'{request['stateMachineArn']}' names a version or an alias: DeleteStateMachineVersion and "
                "DeleteStateMachineAlias delete these."
            )
        await self._catalog.delete(target.machine)
        return {}

    def _described(self, revision: Revision, request: Mapping[str, Any]) -> Reply:
        described = {
            **revision.setup.configuration,
            "roleArn": revision.setup.role_arn,
            "revisionId": revision.revision_id,
        }
        if request.get("includedData") == "METADATA_ONLY":
            return described | {"definition": "{}"}
        return described | {
            "definition": revision.setup.definition,
            "variableReferences": self._variable_references(revision),
        }

    def _variable_references(self, revision: Revision) -> dict[str, list[str]] | None:
        try:
            return variable_references(self._catalog.definition(revision.id)) or None
        except InvalidDefinition:
            # An older version of this endpoint accepted it; it can still be shown.
            return None

    def _listed(self, machine: StateMachine) -> Reply:
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "type": "STANDARD",
            "creationDate": machine.created.timestamp(),
        }


def _publication(request: Mapping[str, Any]) -> Publication | None:
    description = request.get("versionDescription")
    if request.get("publish"):
        return Publication(description)
    if description is not None:
        raise ValidationException("Version description can only be set when publish is true")
    return None


def _require_standard(request: Mapping[str, Any]) -> None:
    if request.get("type", "STANDARD") != "STANDARD":
        raise StateMachineTypeNotSupported(ONLY_STANDARD)


def _role(arn: str) -> str:
    if not arn.startswith("arn:") or ":role/" not in arn:
        raise InvalidArn(f"Invalid Role Arn: {arn}")
    return arn


def _warn(name: str, warnings: tuple[Diagnostic, ...]) -> None:
    for warning in warnings:
        _LOG.warning("State machine '%s': %s", name, warning)
