"""Versions of state machines: published revisions, whose numbers are never reused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_VERSIONS: Final = 1000
"""The most versions a state machine may have. Source: PublishStateMachineVersion in the API Reference."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published revision. `revision` is its id in the records."""

    number: int
    revision: int
    created: datetime
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A request to publish the present revision of a state machine."""

    description: str | None = None
