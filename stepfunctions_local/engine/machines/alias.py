"""An alias of a state machine: a name for one version of it, or for two that share its executions."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

MAX_ALIASES: Final = 100
"""How many aliases a state machine may have. Source: CreateStateMachineAlias in the API Reference."""

ALL_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Route:
    """How much of an alias's executions a version gets, in percent."""

    version: int
    weight: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that leads to versions. The weights of its one or two routes make 100."""

    name: str
    routes: tuple[Route, ...]
    created: datetime
    updated: datetime
    description: str | None = None

    def choose(self, random: Random) -> int:
        """Return the number of the version that gets the next execution."""
        first, *_, last = (*self.routes, self.routes[-1])
        return (first if random.random() * ALL_PERCENT < first.weight else last).version

    @property
    def main_version(self) -> int:
        """The number of the version that gets most executions."""
        return max(self.routes, key=lambda route: route.weight).version

    def leads_to(self, version: int) -> bool:
        """Whether a version is one of its routes, be it without weight."""
        return any(route.version == version for route in self.routes)
