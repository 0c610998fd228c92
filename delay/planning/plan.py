"""A workload, what each service offers for it, and what follows from that."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from delay.planning.facts import Facts
from delay.planning.limit import Verdict
from delay.planning.offer import Offer
from delay.planning.quota import Checked, Price, Source
from delay.planning.services.durable_functions import durable_functions
from delay.planning.services.eventbridge_scheduler import eventbridge_scheduler
from delay.planning.services.sqs import sqs
from delay.planning.services.step_functions import most_per_second, start_seconds, step_functions
from delay.planning.workload import Workload


class PlanAnswer(StrEnum):
    """Whether Step Functions carries the workload."""

    YES = "yes"
    """As an account comes."""
    RAISE = "raise"
    """Once AWS has raised quotas, as it says that it does."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `delay plan` finds out. The first offer is that of Step Functions.

    `most_per_second` is the rate that an account carries without end with such delays, if they are known;
    `start_seconds` how long it takes to start all that is open, as fast as the quota allows.
    """

    region: str
    workload: Workload
    offers: tuple[Offer, ...]
    most_per_second: float | None
    start_seconds: float

    @property
    def chosen(self) -> Offer:
        """The offer of Step Functions."""
        return self.offers[0]

    @property
    def others(self) -> tuple[Offer, ...]:
        """The offers to compare it with."""
        return self.offers[1:]

    @property
    def answer(self) -> PlanAnswer:
        """Whether Step Functions carries it."""
        match self.chosen.verdict:
            case Verdict.FITS:
                return PlanAnswer.YES
            case Verdict.RAISE:
                return PlanAnswer.RAISE
            case _:
                return PlanAnswer.NO

    @property
    def prices(self) -> list[Price]:
        """The prices that it reckons with."""
        lines = (line for offer in self.offers for line in offer.cost.lines)
        return list({line.price.key: line.price for line in lines}.values())

    def figures(self, checked: Checked) -> list[str]:
        """Name the figures that it reckons with and that are known that well."""
        names = (name for name, source in self._figures() if source.checked is checked)
        return list(dict.fromkeys(names))

    def _figures(self) -> Iterator[tuple[str, Source]]:
        for offer in self.offers:
            yield f"lateness of {offer.service}", offer.precision.source
            yield from ((limit.quota.name, limit.quota.source) for limit in offer.limits)
            yield from ((f"price of {offer.service}", line.price.source) for line in offer.cost.lines)


def make_plan(workload: Workload, facts: Facts) -> Plan:
    """Ask each service for its offer."""
    flow = workload.flow
    return Plan(
        region=facts.region,
        workload=workload,
        offers=tuple(offer(workload, facts) for offer in _OFFERS),
        most_per_second=most_per_second(flow, workload.shape.call_seconds, facts) if flow else None,
        start_seconds=start_seconds(workload.open_tasks, facts),
    )


_OFFERS = (step_functions, eventbridge_scheduler, sqs, durable_functions)
