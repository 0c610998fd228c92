"""The figures of AWS that a plan compares with: quotas and prices, each with its source."""

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
    """Given as an option."""

    @property
    def words(self) -> str:
        """The words for people."""
        return "not verified" if self is Checked.NO else self.value


@dataclass(frozen=True, slots=True)
class Source:
    """A page of AWS, and the day on which it was read."""

    title: str
    url: str
    read: date
    checked: Checked


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota and its value.

    `raised_to` is AWS's word for the most it raises a soft quota to, and `raised_below` that word as a
    number. `raise_by` is how it is raised, if not in Service Quotas. `instead` is the remedy if a hard quota
    is too small.
    """

    key: str
    name: str
    value: float
    unit: Unit
    source: Source
    hard: bool = False
    raised_to: str | None = None
    raised_below: float = math.inf
    raise_by: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` units, of which `free` a month cost nothing.

    If `is_assumed`, the Region's own price could not be verified, and this is the price of us-east-1.
    """

    key: str
    usd: float
    per: float
    free: float
    source: Source
    is_assumed: bool

    def usd_for(self, number: float) -> float:
        """Return the price of a number of units, none of them free."""
        return number * self.usd / self.per


@dataclass(frozen=True, slots=True)
class BillingRule:
    """The size or number that AWS bills as one unit or one request."""

    key: str
    value: float
    unit: Unit
    source: Source
