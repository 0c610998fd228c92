"""What AWS charges for something, in US dollars."""

from dataclasses import dataclass

from delay.planning.source import Source


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
