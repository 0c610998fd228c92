"""The operations on tags. Source: the API Reference."""

from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.arn import is_of_activity
from stepfunctions_local.engine.errors import ActivityDoesNotExist, ResourceNotFound, StateMachineDoesNotExist
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.tags import Tags, read_tags, with_tags


class TagOperations(Operations):
    """Adds, removes and lists the tags of state machines and activities."""

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
        tagged = self._find_tagged(arn)
        await self._save(tagged, with_tags(tagged.tags, read_tags(request["tags"]), arn))
        return {}

    async def untag(self, request: dict[str, Any]) -> Reply:
        """UntagResource. A missing tag is not an error."""
        tagged, keys = self._find_tagged(request["resourceArn"]), set(request["tagKeys"])
        await self._save(tagged, {key: value for key, value in tagged.tags.items() if key not in keys})
        return {}

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListTagsForResource."""
        tags = self._find_tagged(request["resourceArn"]).tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    async def _save(self, tagged: StateMachine | RegisteredActivity, tags: Tags) -> None:
        if isinstance(tagged, StateMachine):
            await self._catalog.tag(tagged, tags)
        else:
            await self._activities.tag(tagged, tags)

    def _find_tagged(self, arn: str) -> StateMachine | RegisteredActivity:
        """Return a state machine or an activity. Versions and aliases cannot have tags."""
        try:
            return self._activities.find(arn) if is_of_activity(arn) else self._catalog.find(arn)
        except (ActivityDoesNotExist, StateMachineDoesNotExist) as error:
            raise ResourceNotFound(arn, f"Resource not found: '{arn}'") from error
