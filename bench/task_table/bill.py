"""A bill: what DynamoDB, SQS, Lambda and EventBridge Scheduler charge for, counted while a program runs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from delay.planning.facts import Facts

GB = 1 << 30
MEMORY_GB = 0.25
"""The memory of each function in the template."""


@dataclass(slots=True)
class Bill:
    """The counted units, by participant and by the price of facts.toml that they are charged at.

    Storage is in GB-months, of which point-in-time recovery takes its own price.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, participant: str, price: str, number: float) -> None:
        """Count units of a price."""
        self.counts[participant, price] += number  # type: ignore[assignment] # half units are counted, too

    def get(self, price: str, *participants: str) -> float:
        """Return the units of a price, of all participants or of these."""
        return sum(
            number
            for (participant, each), number in self.counts.items()
            if each == price and (not participants or participant in participants)
        )

    def compute_usd(self, facts: Facts) -> float:
        """Return the price of everything, without free units."""
        return sum(facts.price(price).usd_for(number) for (_, price), number in self.counts.items())

    def compute_usd_by_price(self, facts: Facts) -> dict[str, float]:
        """Return the price of each kind of unit, without free units."""
        prices = sorted({price for _, price in self.counts})
        return {price: facts.price(price).usd_for(self.get(price)) for price in prices}

    def extrapolate(self, idle: Self, times: float, idle_times: float) -> "Bill":
        """Return `idle_times` an idle bill, and `times` what this one has beyond it.

        Both cover the same hours: idle functions cost by the minute, tasks by their number.
        """
        keys = self.counts.keys() | idle.counts.keys()
        return Bill(
            Counter(
                {
                    key: (self.counts[key] - idle.counts[key]) * times + idle.counts[key] * idle_times
                    for key in keys
                }
            )
        )
