"""What something costs, line by line, in US dollars."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from delay.planning.quota import Price


@dataclass(frozen=True, slots=True)
class CostLine:
    """So many units at a price. What is free is a line with a negative number."""

    label: str
    number: float
    price: Price

    @property
    def usd(self) -> float:
        """What the line adds to the cost."""
        return self.price.of(self.number)


@dataclass(frozen=True, slots=True)
class Cost:
    """The lines of a bill."""

    lines: tuple[CostLine, ...]

    @classmethod
    def at(cls, price: Price, numbers: Iterable[tuple[str, float]]) -> Self:
        """Reckon numbers of units at one price, less what is free of them. Lines of nothing are left out."""
        lines = [CostLine(label, number, price) for label, number in numbers if number]
        free = min(price.free, sum(line.number for line in lines))
        return cls((*lines, CostLine("free each month", -free, price)) if free else tuple(lines))

    def __add__(self, other: "Cost") -> "Cost":
        """Put two bills together."""
        return Cost(self.lines + other.lines)

    @property
    def usd(self) -> float:
        """What all lines cost together."""
        return sum(line.usd for line in self.lines)
