"""How much of something an account has in a Region."""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from delay.planning.unit import Unit


class Checked(StrEnum):
    """How well a figure is known."""

    PAGE = "page"
    """Read on AWS's own page, in a stored copy of it."""
    SECOND_HAND = "second hand"
    """Quoted from AWS by others."""
    NO = "no"
    """Could not be verified."""
    OWN = "own"
    """Given by whoever asked for the plan."""

    @property
    def words(self) -> str:
        """How it is said to people."""
        return "not verified" if self is Checked.NO else self.value


@dataclass(frozen=True, slots=True)
class Source:
    """A page of AWS, and the day on which it was read or looked for."""

    title: str
    url: str
    read: date
    checked: Checked


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` units; `free` units a month cost nothing.

    `is_assumed` where the Region's own price could not be verified, and that of us-east-1 stands in for it.
    """

    key: str
    usd: float
    per: float
    free: float
    source: Source
    is_assumed: bool

    def of(self, number: float) -> float:
        """Return what so many units cost."""
        return number * self.usd / self.per


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota and its default value.

    `raised_to` is AWS's word for how far it raises a soft quota, and `raised_below` the number that the word
    stays below. `instead` says what to do where a hard quota is too small.
    """

    key: str
    name: str
    value: float
    unit: Unit
    source: Source
    hard: bool = False
    raised_to: str | None = None
    raised_below: float = math.inf
    instead: str = ""
