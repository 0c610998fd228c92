"""The operations on versions of state machines. Source: the API Reference."""

from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import StateMachineDoesNotExist, ValidationException
from stepfunctions_local.engine.machines.version import Publication, Version


class VersionOperations(Operations):
    """Publishes, lists and deletes versions."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "PublishStateMachineVersion": self.publish,
            "ListStateMachineVersions": self.list_all,
            "DeleteStateMachineVersion": self.delete,
        }

    async def publish(self, request: dict[str, Any]) -> Reply:
        """PublishStateMachineVersion."""
        machine = self._catalog.find(request["stateMachineArn"])
        version = await self._engine.versions.publish(
            machine,
            Publication(request.get("description")),
            request.get("revisionId"),
            self._engine.clock.now(),
        )
        return _summarize(self._catalog.arn(machine, version.number), version)

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListStateMachineVersions, latest first."""
        arn = request["stateMachineArn"]
        try:
            machine = self._catalog.find(arn)
        except StateMachineDoesNotExist as error:
            # In the API, this operation does not have StateMachineDoesNotExist.
            raise ValidationException(str(error)) from error
        versions = sorted(machine.versions.values(), key=_latest_first)
        page = self._paging.cut_page(["ListStateMachineVersions", arn], request, versions, _latest_first)
        return {
            "stateMachineVersions": [
                _summarize(self._catalog.arn(machine, version.number), version) for version in page.items
            ],
            "nextToken": page.next_token,
        }

    async def delete(self, request: dict[str, Any]) -> Reply:
        """DeleteStateMachineVersion. A missing version is not an error, as on AWS."""
        try:
            machine, version = self._catalog.version(request["stateMachineVersionArn"])
        except StateMachineDoesNotExist:
            return {}
        await self._engine.versions.delete(machine, version.number)
        return {}


def _latest_first(version: Version) -> int:
    return -version.number


def _summarize(arn: str, version: Version) -> Reply:
    return {"stateMachineVersionArn": arn, "creationDate": version.created.timestamp()}
