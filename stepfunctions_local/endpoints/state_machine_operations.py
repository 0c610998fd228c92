"""The operations on state machines, as the API Reference describes them."""

import logging
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from stepfunctions_local.endpoints.aws_json import Operation, Reply
from stepfunctions_local.endpoints.names import checked_name
from stepfunctions_local.endpoints.operations import Operations
from stepfunctions_local.endpoints.unsupported import ONLY_STANDARD
from stepfunctions_local.engine.errors import (
    InvalidArn,
    MissingRequiredParameter,
    StateMachineDoesNotExist,
    StateMachineTypeNotSupported,
    ValidationException,
)
from stepfunctions_local.engine.state_machine import DEFAULT_CONFIGURATION, Revision, StateMachine
from stepfunctions_local.language import Diagnostic

_LOG = logging.getLogger(__name__)


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
        name = checked_name(request["name"])
        _require_supported(request)
        machine, warnings = await self._catalog.create(
            name,
            request["definition"],
            _role(request["roleArn"]),
            DEFAULT_CONFIGURATION | _configuration(request) | {"tags": request.get("tags") or []},
            self._engine.clock.now(),
        )
        _warn(name, warnings)
        return {"stateMachineArn": self._catalog.arn(machine), "creationDate": machine.created.timestamp()}

    async def update(self, request: dict[str, Any]) -> Reply:
        """UpdateStateMachine."""
        _require_supported(request)
        configuration = _configuration(request)
        definition, role_arn = request.get("definition"), request.get("roleArn")
        if not (definition or role_arn or configuration):
            raise MissingRequiredParameter(
                "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration "
                "or the EncryptionConfiguration must be specified"
            )
        machine = self._catalog.find(request["stateMachineArn"])
        changed, warnings = await self._catalog.update(
            machine, definition, role_arn and _role(role_arn), configuration, self._engine.clock.now()
        )
        _warn(changed.name, warnings)
        revision = changed.revision
        return {"updateDate": revision.updated.timestamp(), "revisionId": revision.revision_id}

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachine."""
        machine = self._catalog.find(request["stateMachineArn"])
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "status": machine.status,
            "type": "STANDARD",
            "creationDate": machine.created.timestamp(),
            **_described(machine, machine.revision, request),
        }

    def describe_for_execution(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachineForExecution: as it was when the execution started."""
        execution = self._engine.find(request["executionArn"])
        machine = self._catalog.numbered(execution.state_machine_id)
        revision = self._catalog.revision(execution.revision_id)
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "updateDate": revision.updated.timestamp(),
            **_described(machine, revision, request),
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
            machine = self._catalog.find(request["stateMachineArn"])
        except StateMachineDoesNotExist:
            return {}
        await self._catalog.delete(machine)
        return {}

    def _listed(self, machine: StateMachine) -> Reply:
        return {
            "stateMachineArn": self._catalog.arn(machine),
            "name": machine.name,
            "type": "STANDARD",
            "creationDate": machine.created.timestamp(),
        }


def _described(machine: StateMachine, revision: Revision, request: Mapping[str, Any]) -> Reply:
    metadata_only = request.get("includedData") == "METADATA_ONLY"
    described = {key: machine.configuration[key] for key in DEFAULT_CONFIGURATION}
    described |= {"roleArn": revision.role_arn, "revisionId": revision.revision_id}
    return described if metadata_only else described | {"definition": revision.definition}


def _configuration(request: Mapping[str, Any]) -> dict[str, Any]:
    return {key: request[key] for key in DEFAULT_CONFIGURATION if request.get(key) is not None}


def _require_supported(request: Mapping[str, Any]) -> None:
    if request.get("type", "STANDARD") != "STANDARD":
        raise StateMachineTypeNotSupported(ONLY_STANDARD)
    if request.get("publish"):
        raise ValidationException("stepfunctions-local does not publish versions yet: leave 'publish' out.")


def _role(arn: str) -> str:
    if not arn.startswith("arn:") or ":role/" not in arn:
        raise InvalidArn(f"Invalid Role Arn: {arn}")
    return arn


def _warn(name: str, warnings: tuple[Diagnostic, ...]) -> None:
    for warning in warnings:
        _LOG.warning("State machine '%s': %s", name, warning)
