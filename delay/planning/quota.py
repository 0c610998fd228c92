"""How much of something an account has in a Region."""

import math
from dataclasses import dataclass

from delay.planning.source import Source
from delay.planning.unit import Unit


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
