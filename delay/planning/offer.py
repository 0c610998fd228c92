"""A service's offer for a workload: its limits, its precision and its price."""

from dataclasses import dataclass, field, replace

from delay.planning.cost import Cost
from delay.planning.facts import Precision
from delay.planning.limit import Limit, Verdict
from delay.planning.quota import Checked, Quota
from delay.planning.unit import Unit
from delay.planning.workload import Shape


@dataclass(frozen=True, slots=True)
class Offer:
    """The offer of one service.

    `longest_delay_seconds` is None if there is no limit. `only_where` is a condition that completes the words
    "would carry it". `remarks` are sentences. `subject` is the service's name within a sentence, and
    `counted` the units of its bill.
    """

    service: str
    limits: tuple[Limit, ...]
    precision: Precision
    longest_delay_seconds: float | None
    cost: Cost
    only_where: str = ""
    remarks: tuple[str, ...] = field(default=())
    subject: str = ""
    counted: str = "units"

    @property
    def named(self) -> str:
        """The service's name within a sentence."""
        return self.subject or self.service

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its limits."""
        return max((limit.verdict for limit in self.limits), default=Verdict.FITS)

    @property
    def tightest(self) -> Limit:
        """The limit of which the largest share is needed."""
        return max(self.limits, key=lambda limit: (limit.verdict, limit.share))


def check_lateness(shape: Shape, precision: Precision) -> tuple[Limit, ...]:
    """Compare a service's precision with the lateness allowed; return no limit if none is given."""
    if shape.lateness_seconds is None:
        return ()
    allowed = Quota(
        key="lateness",
        name="lateness of a call",
        value=shape.lateness_seconds,
        unit=Unit.SECONDS,
        source=replace(precision.source, checked=Checked.OWN),
        hard=True,
        instead="It may call as late as that.",
    )
    return (Limit(allowed, precision.seconds),)
