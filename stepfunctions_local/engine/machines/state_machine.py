"""A state machine: what it runs, what of that was published, and the names that lead there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from stepfunctions_local.engine.errors import ConflictException, ServiceQuotaExceededException
from stepfunctions_local.engine.machines.alias import MAX_ALIASES, Alias
from stepfunctions_local.engine.machines.tags import Tags
from stepfunctions_local.engine.machines.version import MAX_VERSIONS, Publication, Version
from stepfunctions_local.language import Json

DEFAULT_CONFIGURATION: Mapping[str, dict[str, Json]] = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}
"""What a state machine has unless its creator says otherwise, as DescribeStateMachine shows it."""

FIRST_REVISION: Final = "INITIAL"
"""How PublishStateMachineVersion calls the revision that has no id."""


class MachineStatus(StrEnum):
    """Whether a state machine takes executions. Source: DescribeStateMachine in the API Reference."""

    ACTIVE = "ACTIVE"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a state machine runs, and how. `configuration` holds logging, tracing and encryption as given."""

    definition: str
    role_arn: str
    configuration: Mapping[str, Json] = field(default_factory=lambda: DEFAULT_CONFIGURATION)


@dataclass(frozen=True, slots=True)
class Revision:
    """What an execution runs: fixed when it starts, whatever happens to the state machine later.

    `revision_id` is absent in the revision that a state machine was created with, as on AWS.
    """

    id: int
    setup: Setup
    updated: datetime
    revision_id: str | None = None


@dataclass(frozen=True, slots=True)
class StateMachine:
    """A named state machine, with its versions by number and its aliases by name.

    `first_publication` is what its creation was asked to publish: a repeated creation has to ask the same.
    `last_version` is the highest number that any version had, be it deleted.
    """

    id: int
    name: str
    created: datetime
    revision: Revision
    status: MachineStatus = MachineStatus.ACTIVE
    tags: Tags = field(default_factory=dict)
    first_publication: Publication | None = None
    last_version: int = 0
    versions: Mapping[int, Version] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)

    def published(self) -> Version | None:
        """Return the version that the present revision was published as."""
        versions = (version for version in self.versions.values() if version.revision == self.revision.id)
        return next(versions, None)

    def require_revision(self, revision_id: str) -> None:
        """Refuse to take another revision than the present one.

        Raises:
            ConflictException: the state machine has changed since.

        """
        present = self.revision.revision_id or FIRST_REVISION
        if revision_id != present:
            raise ConflictException(
                f"Failed to publish the State Machine version for revision {revision_id}. "
                f"The current State Machine revision is {present}."
            )

    def publish(self, publication: Publication, now: datetime) -> "StateMachine":
        """Publish the present revision; where it was published before, nothing changes.

        Raises:
            ServiceQuotaExceededException: there are as many versions as there may be.

        """
        if self.published():
            return self
        if len(self.versions) >= MAX_VERSIONS:
            raise ServiceQuotaExceededException(
                f"State machine '{self.name}' has {MAX_VERSIONS} versions, and more are not allowed: "
                "delete one with DeleteStateMachineVersion."
            )
        version = Version(self.last_version + 1, self.revision.id, now, publication.description)
        return replace(self, last_version=version.number, versions={**self.versions, version.number: version})

    def without_version(self, number: int) -> "StateMachine":
        """Take a version away.

        Raises:
            ConflictException: an alias leads to it.

        """
        if names := sorted(alias.name for alias in self.aliases.values() if alias.leads_to(number)):
            raise ConflictException(
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(names)}]"
            )
        return replace(self, versions={key: one for key, one in self.versions.items() if key != number})

    def with_alias(self, alias: Alias) -> "StateMachine":
        """Put an alias beside the others, or in the place of the one with its name.

        Raises:
            ServiceQuotaExceededException: there are as many aliases as there may be.

        """
        if alias.name not in self.aliases and len(self.aliases) >= MAX_ALIASES:
            raise ServiceQuotaExceededException(
                f"State machine '{self.name}' has {MAX_ALIASES} aliases, and more are not allowed: "
                "delete one with DeleteStateMachineAlias."
            )
        return replace(self, aliases={**self.aliases, alias.name: alias})

    def without_alias(self, name: str) -> "StateMachine":
        """Take an alias away."""
        return replace(self, aliases={key: one for key, one in self.aliases.items() if key != name})
