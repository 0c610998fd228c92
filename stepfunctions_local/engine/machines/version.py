"""A version of a state machine: a revision that was published, and keeps its number for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_VERSIONS: Final = 1000
"""How many versions a state machine may have. Source: PublishStateMachineVersion in the API Reference."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published revision. `revision` is the number that the engine gave it."""

    number: int
    revision: int
    created: datetime
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """The wish to publish what a state machine is now."""

    description: str | None = None
