"""The quotas of calls to Step Functions, by Region.

Source: "Step Functions service quotas", API action throttling; per account and Region, soft.
"""

from dataclasses import dataclass
from typing import Final

from delay.many.rate_limit import CallRate

_LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


@dataclass(frozen=True, slots=True)
class CallRates:
    """The rates of the operations that are called in large numbers."""

    start: CallRate
    describe: CallRate
    list: CallRate

    def share(self, part: float) -> "CallRates":
        """Return a part of the rates, such as 0.25, for a caller that must leave the rest to others."""
        return CallRates(self.start, self.describe.share(part), self.list.share(part))


_LARGE: Final = CallRates(start=CallRate(1300, 300), describe=CallRate(300, 15), list=CallRate(200, 5))
_OTHER: Final = CallRates(start=CallRate(800, 150), describe=CallRate(250, 10), list=CallRate(100, 2))

_UNLIMITED: Final = CallRate(burst=1e9, per_second=1e9)
UNLIMITED: Final = CallRates(start=_UNLIMITED, describe=_UNLIMITED, list=_UNLIMITED)
"""The rates of an endpoint that throttles no request, such as a local one."""


def call_rates(region: str) -> CallRates:
    """Return the default rates of a Region."""
    return _LARGE if region in _LARGE_REGIONS else _OTHER
