"""Aliases of state machines: an alias routes executions to one version, or splits them between two."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

MAX_ALIASES: Final = 100
"""The most aliases a state machine may have. Source: CreateStateMachineAlias in the API Reference."""

ALL_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Route:
    """A version, and the share of an alias's executions that it gets, in percent."""

    version: int
    weight: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for one or two versions. The weights of its routes add up to 100."""

    name: str
    routes: tuple[Route, ...]
    created: datetime
    updated: datetime
    description: str | None = None

    def choose(self, random: Random) -> int:
        """Return the number of the version that the next execution runs."""
        first, *_, last = (*self.routes, self.routes[-1])
        return (first if random.random() * ALL_PERCENT < first.weight else last).version

    @property
    def main_version(self) -> int:
        """The number of the version that most executions run."""
        return max(self.routes, key=lambda route: route.weight).version

    def routes_to(self, version: int) -> bool:
        """Whether a version has a route, even one of weight 0."""
        return any(route.version == version for route in self.routes)
