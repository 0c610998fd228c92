"""The operations on activities. Source: the API Reference."""

from operator import attrgetter
from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Poll, Reply
from stepfunctions_local.endpoints.states.configuration import read_configuration
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import ActivityDoesNotExist
from stepfunctions_local.engine.machines.activity import ENCRYPTION, RegisteredActivity
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.state_machine import DEFAULT_CONFIGURATION
from stepfunctions_local.engine.machines.tags import read_tags, with_tags
from stepfunctions_local.engine.offers import IsConnected


class ActivityOperations(Operations):
    """Creates, describes, lists and deletes activities, and gives their Tasks to workers."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "CreateActivity": self.create,
            "DescribeActivity": self.describe,
            "ListActivities": self.list_all,
            "DeleteActivity": self.delete,
        }

    def polls(self) -> dict[str, Poll]:
        """Return the long polls by the names of the API."""
        return {"GetActivityTask": self.get_task}

    async def create(self, request: dict[str, Any]) -> Reply:
        """CreateActivity."""
        name = require_valid_name(request["name"])
        configuration = read_configuration({ENCRYPTION: request.get(ENCRYPTION)})
        asked = RegisteredActivity(
            name,
            self._engine.clock.now(),
            with_tags({}, read_tags(request.get("tags") or ()), self._engine.arns.activity(name)),
            {**DEFAULT_CONFIGURATION, **configuration}[ENCRYPTION],  # type: ignore[arg-type] # it is an object
        )
        activity = await self._activities.create(asked)
        return {
            "activityArn": self._activities.arn(activity),
            "creationDate": activity.created.timestamp(),
        }

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeActivity."""
        activity = self._activities.find(request["activityArn"])
        return self._summarize(activity) | {ENCRYPTION: activity.encryption}

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListActivities, sorted by name."""
        found = self._activities.all()
        page = self._paging.cut_page(["ListActivities"], request, found, attrgetter("name"))
        return {
            "activities": [self._summarize(activity) for activity in page.items],
            "nextToken": page.next_token,
        }

    async def delete(self, request: dict[str, Any]) -> Reply:
        """DeleteActivity. A missing activity is not an error, as recorded on AWS."""
        try:
            await self._activities.delete(self._activities.find(request["activityArn"]))
        except ActivityDoesNotExist:
            return {}
        return {}

    async def get_task(self, request: dict[str, Any], is_connected: IsConnected) -> Reply:
        """GetActivityTask. Without a Task the answer has no token."""
        activity, worker = self._activities.find(request["activityArn"]), request.get("workerName")
        found = await self._engine.poll(activity, worker, is_connected)
        return {} if found is None else {"taskToken": found[0], "input": found[1]}

    def _summarize(self, activity: RegisteredActivity) -> dict[str, Any]:
        return {
            "activityArn": self._activities.arn(activity),
            "name": activity.name,
            "creationDate": activity.created.timestamp(),
        }
