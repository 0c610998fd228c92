"""Activities: names under which workers ask for Tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stepfunctions_local.engine.machines.state_machine import DEFAULT_CONFIGURATION
from stepfunctions_local.engine.machines.tags import Tags
from stepfunctions_local.language import Json

ENCRYPTION: Final = "encryptionConfiguration"

MAX_ACTIVITIES: Final = 100_000
"""The most activities of an account in a Region. Source: "Step Functions service quotas"."""


@dataclass(frozen=True, slots=True)
class RegisteredActivity:
    """An activity, with its encryption as requested."""

    name: str
    created: datetime
    tags: Tags = field(default_factory=dict)
    encryption: Mapping[str, Json] = field(default_factory=lambda: DEFAULT_CONFIGURATION[ENCRYPTION])
