"""A state machine: its name, and the revision of its definition that new executions run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from stepfunctions_local.language import Json

DEFAULT_CONFIGURATION: dict[str, Json] = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}
"""What a state machine has unless its creator says otherwise, as DescribeStateMachine shows it."""


class MachineStatus(StrEnum):
    """Whether a state machine takes executions. Source: DescribeStateMachine in the API Reference."""

    ACTIVE = "ACTIVE"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True)
class Revision:
    """What an execution runs: fixed when it starts, whatever happens to the state machine later.

    `revision_id` is absent in the revision that a state machine was created with, as on AWS.
    """

    id: int
    definition: str
    role_arn: str
    updated: datetime
    revision_id: str | None = None


@dataclass(frozen=True, slots=True)
class StateMachine:
    """A named state machine. `configuration` holds logging, tracing, encryption and tags as given."""

    id: int
    name: str
    created: datetime
    revision: Revision
    status: MachineStatus = MachineStatus.ACTIVE
    configuration: Mapping[str, Json] = field(default_factory=dict)
