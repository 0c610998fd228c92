"""State machines: the setup that one runs, its revisions, its versions and its aliases."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

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
"""The defaults of a state machine, as DescribeStateMachine shows them."""

FIRST_REVISION: Final = "INITIAL"
"""The name by which PublishStateMachineVersion calls the revision that has no id."""


class MachineType(StrEnum):
    """How executions run: on record for up to a year, or in memory for up to five minutes."""

    STANDARD = "STANDARD"
    EXPRESS = "EXPRESS"


class MachineStatus(StrEnum):
    """Whether a state machine accepts executions. Source: DescribeStateMachine in the API Reference."""

    ACTIVE = "ACTIVE"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True)
class Setup:
    """A definition and how it is run. `configuration` has logging, tracing and encryption as requested."""

    definition: str
    role_arn: str
    configuration: Mapping[str, Json] = field(default_factory=lambda: DEFAULT_CONFIGURATION)
    type: MachineType = MachineType.STANDARD

    @property
    def is_express(self) -> bool:
        """Whether it is run by Express executions."""
        return self.type is MachineType.EXPRESS

    @property
    def logging(self) -> dict[str, Json]:
        """The logging configuration: `level` and `includeExecutionData`."""
        return cast("dict[str, Json]", self.configuration["loggingConfiguration"])


@dataclass(frozen=True, slots=True)
class Revision:
    """A setup with its id. An execution runs one revision, even if the state machine changes later.

    `revision_id` is None for the revision that a state machine was created with, as on AWS.
    """

    id: int
    setup: Setup
    updated: datetime
    revision_id: str | None = None


@dataclass(frozen=True, slots=True)
class StateMachine:
    """A named state machine, with its versions by number and its aliases by name.

    `first_publication`: the publication asked for at its creation; a repeated creation must ask for the same.
    `last_version`: the highest number of any version, deleted ones included.
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

    @property
    def is_express(self) -> bool:
        """Whether its executions are Express executions."""
        return self.revision.setup.is_express

    @property
    def published_version(self) -> Version | None:
        """The version that the present revision was published as, if it was."""
        versions = (version for version in self.versions.values() if version.revision == self.revision.id)
        return next(versions, None)

    def require_revision(self, revision_id: str) -> None:
        """Require a revision to be the present one.

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
        """Return the state machine with its present revision published: unchanged if it already was.

        Raises:
            ServiceQuotaExceededException: it has as many versions as are allowed.

        """
        if self.published_version:
            return self
        if len(self.versions) >= MAX_VERSIONS:
            raise ServiceQuotaExceededException(
                f"State machine '{self.name}' has {MAX_VERSIONS} versions, and more are not allowed: "
                "delete one with DeleteStateMachineVersion."
            )
        version = Version(self.last_version + 1, self.revision.id, now, publication.description)
        return replace(self, last_version=version.number, versions={**self.versions, version.number: version})

    def without_version(self, number: int) -> "StateMachine":
        """Return the state machine without a version.

        Raises:
            ConflictException: an alias routes to it.

        """
        if names := sorted(alias.name for alias in self.aliases.values() if alias.routes_to(number)):
            raise ConflictException(
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(names)}]"
            )
        return replace(
            self, versions={key: version for key, version in self.versions.items() if key != number}
        )

    def with_alias(self, alias: Alias) -> "StateMachine":
        """Return the state machine with an alias. It replaces an alias of the same name.

        Raises:
            ServiceQuotaExceededException: it has as many aliases as are allowed.

        """
        if alias.name not in self.aliases and len(self.aliases) >= MAX_ALIASES:
            raise ServiceQuotaExceededException(
                f"State machine '{self.name}' has {MAX_ALIASES} aliases, and more are not allowed: "
                "delete one with DeleteStateMachineAlias."
            )
        return replace(self, aliases={**self.aliases, alias.name: alias})

    def without_alias(self, name: str) -> "StateMachine":
        """Return the state machine without an alias."""
        return replace(self, aliases={key: alias for key, alias in self.aliases.items() if key != name})
