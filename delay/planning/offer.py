"""What a service offers for a workload: whether it carries it, how exactly, at what price."""

from dataclasses import dataclass, field, replace

from delay.planning.cost import Cost
from delay.planning.facts import Precision
from delay.planning.limit import Limit, Verdict
from delay.planning.quota import Checked, Quota
from delay.planning.unit import Unit
from delay.planning.workload import Shape


@dataclass(frozen=True, slots=True)
class Offer:
    """One service. `only_where` completes "would carry it" with what has to hold; `remarks` are sentences.

    `longest_delay_seconds` is None where there is no end.
    """

    service: str
    limits: tuple[Limit, ...]
    precision: Precision
    longest_delay_seconds: float | None
    cost: Cost
    only_where: str = ""
    remarks: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst of its limits."""
        return max((limit.verdict for limit in self.limits), default=Verdict.FITS)

    @property
    def tightest(self) -> Limit:
        """The limit of which the largest part is needed."""
        return max(self.limits, key=lambda limit: (limit.verdict, limit.share))


def lateness(shape: Shape, precision: Precision) -> tuple[Limit, ...]:
    """Compare how exact a service is with how exact it has to be; nothing where that was not said."""
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
