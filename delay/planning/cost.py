"""The cost of a workload in US dollars, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from delay.planning.quota import Price


@dataclass(frozen=True, slots=True)
class CostLine:
    """A number of units at a price. Free units are a line with a negative number."""

    label: str
    number: float
    price: Price

    @property
    def usd(self) -> float:
        """The cost of this line."""
        return self.price.usd_for(self.number)


@dataclass(frozen=True, slots=True)
class Cost:
    """The lines of a bill."""

    lines: tuple[CostLine, ...]

    @classmethod
    def at(cls, price: Price, numbers: Iterable[tuple[str, float]]) -> Self:
        """Return the cost of labelled numbers of units at one price, less the free units.

        Numbers of 0 get no line.
        """
        lines = [CostLine(label, number, price) for label, number in numbers if number]
        free = min(price.free, sum(line.number for line in lines))
        return cls((*lines, CostLine("free each month", -free, price)) if free else tuple(lines))

    def __add__(self, other: "Cost") -> "Cost":
        """Return the lines of both."""
        return Cost(self.lines + other.lines)

    @property
    def usd(self) -> float:
        """The cost of all lines."""
        return sum(line.usd for line in self.lines)
