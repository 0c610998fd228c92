"""A plan: a workload, and the offer of each service for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from delay.planning.facts import Facts
from delay.planning.limit import Verdict
from delay.planning.offer import Offer
from delay.planning.quota import Checked, Price, Source
from delay.planning.services.durable_functions import offer_durable_functions
from delay.planning.services.eventbridge_scheduler import offer_eventbridge_scheduler
from delay.planning.services.sqs import offer_sqs
from delay.planning.services.step_functions import (
    compute_most_per_second,
    compute_start_seconds,
    offer_step_functions,
)
from delay.planning.services.table_store.offer import offer_task_table
from delay.planning.workload import Workload


class PlanAnswer(StrEnum):
    """Whether this project carries the workload, in one of its two stores."""

    YES = "yes"
    """With the quotas as they are."""
    RAISE = "raise"
    """Once AWS has raised quotas as far as it says it does."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Plan:
    """The result of `delay plan`. The first offer is that of Step Functions, the second the table store's.

    `most_per_second` is the rate that an account carries without end with such delays; None if they are
    unknown or the tasks come once. `start_seconds` is the time it takes to start all open tasks, or those of
    a file, as fast as the quota allows.
    """

    region: str
    workload: Workload
    offers: tuple[Offer, ...]
    most_per_second: float | None
    start_seconds: float

    @property
    def executions(self) -> Offer:
        """The offer of Step Functions."""
        return self.offers[0]

    @property
    def table(self) -> Offer:
        """The offer of the table store."""
        return self.offers[1]

    @property
    def chosen(self) -> Offer:
        """The store of this project to take: executions as long as they fit, or else the table."""
        fits = self.executions.verdict is Verdict.FITS
        return self.executions if fits or self.executions.verdict < self.table.verdict else self.table

    @property
    def is_table(self) -> bool:
        """Whether the store to take is the table."""
        return self.chosen is self.table

    @property
    def others(self) -> tuple[Offer, ...]:
        """The offers to compare it with."""
        return tuple(offer for offer in self.offers if offer is not self.chosen)

    @property
    def answer(self) -> PlanAnswer:
        """Whether the store to take carries the workload."""
        match self.chosen.verdict:
            case Verdict.FITS:
                return PlanAnswer.YES
            case Verdict.RAISE:
                return PlanAnswer.RAISE
            case _:
                return PlanAnswer.NO

    @property
    def prices(self) -> list[Price]:
        """The prices of all offers, each once."""
        lines = (line for offer in self.offers for line in offer.cost.lines)
        return list({line.price.key: line.price for line in lines}.values())

    def figures(self, checked: Checked) -> list[str]:
        """Return the names of the figures in this plan that are known that well."""
        names = (name for name, source in self._list_figures() if source.checked is checked)
        return list(dict.fromkeys(names))

    def _list_figures(self) -> Iterator[tuple[str, Source]]:
        for offer in self.offers:
            yield f"lateness of {offer.service}", offer.precision.source
            yield from ((limit.quota.name, limit.quota.source) for limit in offer.limits)
            yield from ((f"price of {offer.service}", line.price.source) for line in offer.cost.lines)


_OFFERS = (
    offer_step_functions,
    offer_task_table,
    offer_eventbridge_scheduler,
    offer_sqs,
    offer_durable_functions,
)


def make_plan(workload: Workload, facts: Facts) -> Plan:
    """Return the offers of all services for a workload."""
    return Plan(
        region=facts.region,
        workload=workload,
        offers=tuple(offer(workload, facts) for offer in _OFFERS),
        most_per_second=_compute_most_per_second(workload, facts),
        start_seconds=compute_start_seconds(_count_starts(workload), facts),
    )


def _compute_most_per_second(workload: Workload, facts: Facts) -> float | None:
    if workload.delays is None or not workload.is_monthly:
        return None
    return compute_most_per_second(workload.delays, workload.shape.call_seconds, facts)


def _count_starts(workload: Workload) -> float:
    return workload.trace.tasks if workload.trace else workload.open_tasks
