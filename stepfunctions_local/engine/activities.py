"""The registered activities."""

import asyncio
from dataclasses import replace
from operator import attrgetter

from stepfunctions_local.engine.arn import Arns, activity_of
from stepfunctions_local.engine.errors import (
    ActivityAlreadyExists,
    ActivityDoesNotExist,
    ActivityLimitExceeded,
    InvalidArn,
)
from stepfunctions_local.engine.machines.activity import MAX_ACTIVITIES, RegisteredActivity
from stepfunctions_local.engine.machines.tags import Tags
from stepfunctions_local.engine.records.change import ActivityDeleted, ActivitySaved
from stepfunctions_local.engine.records.records import Records


class Activities:
    """Creates, finds and deletes activities. There are few, so all of them are kept in memory."""

    def __init__(self, records: Records, arns: Arns) -> None:
        self._journal = records.journal
        self._arns = arns
        self._activities = {activity.name: activity for activity in records.store.activities()}
        self._written: dict[str, asyncio.Future[None]] = {}

    def arn(self, activity: RegisteredActivity) -> str:
        """Return the ARN of an activity."""
        return self._arns.activity(activity.name)

    def all(self) -> list[RegisteredActivity]:
        """Return every activity, by name."""
        return sorted(self._activities.values(), key=attrgetter("name"))

    def find(self, arn: str) -> RegisteredActivity:
        """Return the activity with this ARN.

        Raises:
            ActivityDoesNotExist: there is none.
            InvalidArn: it is not the ARN of an activity.

        """
        activity = self._activities.get(activity_of(arn))
        if activity is None or arn != self.arn(activity):
            raise ActivityDoesNotExist(arn)
        return activity

    def has(self, arn: str) -> bool:
        """Whether there is an activity with this ARN."""
        try:
            return bool(self.find(arn))
        except (ActivityDoesNotExist, InvalidArn):
            return False

    async def create(self, activity: RegisteredActivity) -> RegisteredActivity:
        """Create an activity, or return the one that has its name already. That one keeps its tags.

        Source: CreateActivity in the API Reference, on idempotency.

        Raises:
            ActivityAlreadyExists: the name is taken by an activity with another encryption.
            ActivityLimitExceeded: there are as many as are allowed.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        existing = self._activities.get(activity.name)
        if existing is None and len(self._activities) >= MAX_ACTIVITIES:
            raise ActivityLimitExceeded(MAX_ACTIVITIES)
        if existing and existing.encryption != activity.encryption:
            raise ActivityAlreadyExists(self.arn(activity))
        if existing is None:
            await self._save(activity)
        elif written := self._written.get(activity.name):
            await written
        return existing or activity

    async def tag(self, activity: RegisteredActivity, tags: Tags) -> None:
        """Replace the tags of an activity.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self._save(replace(activity, tags=tags))

    async def delete(self, activity: RegisteredActivity) -> None:
        """Delete an activity. Its waiting Tasks stay, for an activity with the same name.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        del self._activities[activity.name]
        self._written.pop(activity.name, None)
        await self._journal.submit(ActivityDeleted(activity.name))

    def _save(self, activity: RegisteredActivity) -> asyncio.Future[None]:
        self._activities[activity.name] = activity
        self._written[activity.name] = written = self._journal.submit(ActivitySaved(activity))
        return written
