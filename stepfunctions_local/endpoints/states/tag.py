"""The operations on tags. Source: the API Reference."""

from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import ResourceNotFound, StateMachineDoesNotExist
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.tags import read_tags, with_tags


class TagOperations(Operations):
    """Adds, removes and lists the tags of state machines."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_all,
        }

    async def tag(self, request: dict[str, Any]) -> Reply:
        """TagResource."""
        arn = request["resourceArn"]
        machine = self._find_tagged(arn)
        await self._catalog.tag(machine, with_tags(machine.tags, read_tags(request["tags"]), arn))
        return {}

    async def untag(self, request: dict[str, Any]) -> Reply:
        """UntagResource. A missing tag is not an error."""
        machine, keys = self._find_tagged(request["resourceArn"]), set(request["tagKeys"])
        await self._catalog.tag(
            machine, {key: value for key, value in machine.tags.items() if key not in keys}
        )
        return {}

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListTagsForResource."""
        tags = self._find_tagged(request["resourceArn"]).tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _find_tagged(self, arn: str) -> StateMachine:
        """Return a state machine. Its versions and aliases cannot have tags."""
        try:
            return self._catalog.find(arn)
        except StateMachineDoesNotExist as error:
            raise ResourceNotFound(arn, f"Resource not found: '{arn}'") from error
