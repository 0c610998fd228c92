"""How often Step Functions may be called, by Region.

Source: "Step Functions service quotas", API action throttling; per account and Region, soft.
"""

from dataclasses import dataclass
from typing import Final

from delay.errors import InvalidRequest

_LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


@dataclass(frozen=True, slots=True)
class CallRate:
    """A token bucket: so many calls at once, and then so many a second.

    Raises:
        InvalidRequest: less than one at once, or none a second.

    """

    burst: float
    per_second: float

    def __post_init__(self) -> None:
        """Refuse a rate at which nothing is ever sent."""
        if not (self.burst >= 1 and self.per_second > 0):
            raise InvalidRequest(
                f"A rate is one call at once at least, and more than none a second, got {self.burst} at once "
                f"and {self.per_second} a second."
            )


@dataclass(frozen=True, slots=True)
class CallRates:
    """The rates of the calls that come in large numbers."""

    start: CallRate
    describe: CallRate
    list: CallRate


_LARGE: Final = CallRates(start=CallRate(1300, 300), describe=CallRate(300, 15), list=CallRate(200, 5))
_OTHER: Final = CallRates(start=CallRate(800, 150), describe=CallRate(250, 10), list=CallRate(100, 2))


def call_rates(region: str) -> CallRates:
    """Return the default rates of a Region."""
    return _LARGE if region in _LARGE_REGIONS else _OTHER
