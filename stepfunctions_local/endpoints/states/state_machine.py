"""The operations on state machines. Source: the API Reference."""

import logging
import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.configuration import read_configuration
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import (
    InvalidArn,
    MissingRequiredParameter,
    StateMachineDoesNotExist,
    ValidationException,
)
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.state_machine import (
    DEFAULT_CONFIGURATION,
    MachineType,
    Revision,
    Setup,
    StateMachine,
)
from stepfunctions_local.engine.machines.tags import read_tags, with_tags
from stepfunctions_local.engine.machines.version import Publication
from stepfunctions_local.language import Diagnostic, InvalidDefinition, variable_references

_LOG = logging.getLogger(__name__)

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+", re.ASCII)

_FIRST_VERSION = 1
"""The version that a creation publishes, and that a repeated creation returns again."""


class StateMachineOperations(Operations):
    """Creates, updates, describes, lists and deletes state machines."""

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
        setup = Setup(
            request["definition"],
            require_role_arn(request["roleArn"]),
            {**DEFAULT_CONFIGURATION, **read_configuration(request)},
            MachineType(request.get("type") or MachineType.STANDARD),
        )
        tags = with_tags({}, read_tags(request.get("tags") or ()), self._engine.arns.state_machine(name))
        publication = _parse_publication(request)
        machine, warnings = await self._catalog.create(
            name, setup, self._engine.clock.now(), tags, publication
        )
        _log_warnings(name, warnings)
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "creationDate": machine.created.timestamp(),
            "stateMachineVersionArn": self._catalog.arn(machine, _FIRST_VERSION) if publication else None,
        }

    async def update(self, request: dict[str, Any]) -> Reply:
        """UpdateStateMachine."""
        configuration = read_configuration(request)
        if not (request.get("definition") or request.get("roleArn") or configuration):
            raise MissingRequiredParameter(
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                "must be specified"
            )
        publication = _parse_publication(request)
        if request.get("definition"):
            await self._catalog.load_models(request["definition"])
        machine = self._catalog.find(request["stateMachineArn"])
        current = machine.revision.setup
        setup = Setup(
            request.get("definition") or current.definition,
            require_role_arn(request.get("roleArn") or current.role_arn),
            {**current.configuration, **configuration},
            current.type,
        )
        updated, warnings = await self._catalog.update(machine, setup, self._engine.clock.now(), publication)
        _log_warnings(updated.name, warnings)
        version = updated.published_version if publication else None
        return {
            "updateDate": updated.revision.updated.timestamp(),
            "revisionId": updated.revision.revision_id,
            "stateMachineVersionArn": self._catalog.arn(updated, version.number) if version else None,
        }

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachine. For an alias, it describes the version with the largest weight."""
        target = self._catalog.target(request["stateMachineArn"])
        machine, version = target.machine, target.main_version
        revision = self._catalog.revision(version.revision) if version else machine.revision
        return {
            "stateMachineArn": self._catalog.arn(machine, version.number if version else None),
            "name": machine.name,
            "status": machine.status,
            "type": revision.setup.type,
            "creationDate": (version or machine).created.timestamp(),
            "description": version and version.description,
            **self._describe_revision(revision, request),
        }

    def describe_for_execution(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachineForExecution: the state machine as of the execution's start."""
        execution = self._engine.find(request["executionArn"])
        machine = self._catalog.get(execution.state_machine_id)
        revision = self._catalog.revision(execution.revision_id)
        described = {
            "stateMachineArn": self._engine.state_machine_arn(execution),
            "name": machine.name,
            "updateDate": revision.updated.timestamp(),
            **self._describe_revision(revision, request),
        }
        if found := self._engine.find_map_run_of(execution):
            run, described["mapRunArn"] = found
            described["label"] = run.label
        return described

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListStateMachines, sorted by name as recorded on AWS."""
        page = self._paging.cut_page(["ListStateMachines"], request, self._catalog.all(), attrgetter("name"))
        return {
            "stateMachines": [self._summarize(machine) for machine in page.items],
            "nextToken": page.next_token,
        }

    async def delete(self, request: dict[str, Any]) -> Reply:
        """DeleteStateMachine. A missing state machine is not an error, as on AWS."""
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

    def _describe_revision(self, revision: Revision, request: Mapping[str, Any]) -> Reply:
        described = {
            **revision.setup.configuration,
            "roleArn": revision.setup.role_arn,
            "revisionId": revision.revision_id,
        }
        if request.get("includedData") == "METADATA_ONLY":
            return described | {"definition": "{}"}
        return described | {
            "definition": revision.setup.definition,
            "variableReferences": self._find_variable_references(revision),
        }

    def _find_variable_references(self, revision: Revision) -> dict[str, list[str]] | None:
        try:
            return variable_references(self._catalog.definition(revision.id)) or None
        except InvalidDefinition:
            # An older version of this endpoint accepted the definition. It can still be described.
            return None

    def _summarize(self, machine: StateMachine) -> Reply:
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "type": machine.revision.setup.type,
            "creationDate": machine.created.timestamp(),
        }


def _parse_publication(request: Mapping[str, Any]) -> Publication | None:
    description = request.get("versionDescription")
    if request.get("publish"):
        return Publication(description)
    if description is not None:
        raise ValidationException("Version description can only be set when publish is true")
    return None


def require_role_arn(arn: str) -> str:
    """Return the ARN of a role.

    Raises:
        InvalidArn: it is not one.

    """
    if not _ROLE_ARN.fullmatch(arn):
        raise InvalidArn(f"Invalid Role Arn: {arn}")
    return arn


def _log_warnings(name: str, warnings: tuple[Diagnostic, ...]) -> None:
    for warning in warnings:
        _LOG.warning("State machine '%s': %s", name, warning)
