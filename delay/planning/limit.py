"""A workload's need compared with a quota."""

import math
from dataclasses import dataclass
from enum import IntEnum

from delay.planning.quota import Quota
from delay.planning.unit import round_up


class Verdict(IntEnum):
    """The result of the comparison; the larger, the worse."""

    FITS = 0
    RAISE = 1
    """More than the default, but AWS raises the quota that far, or does not say how far."""
    BEYOND = 2
    """More than AWS says that it raises the quota to."""
    NEVER = 3
    """More than a hard quota."""

    @property
    def label(self) -> str:
        """The verdict in one word, for programs."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota, and the need of it. `meanwhile` is the effect until a small quota is raised."""

    quota: Quota
    needed: float
    meanwhile: str = ""

    @property
    def share(self) -> float:
        """The part of the quota that is needed: 1.0 is all of it."""
        return self.needed / self.quota.value if self.quota.value else math.inf

    @property
    def verdict(self) -> Verdict:
        """Whether the quota is enough."""
        if self.needed <= self.quota.value:
            return Verdict.FITS
        if self.quota.hard:
            return Verdict.NEVER
        return Verdict.RAISE if self.needed < self.quota.raised_below else Verdict.BEYOND

    @property
    def to_do(self) -> str:
        """The remedy in a sentence or two; empty if the quota is enough."""
        match self.verdict:
            case Verdict.FITS:
                return ""
            case Verdict.RAISE:
                return " ".join(filter(None, (self._request, self.meanwhile)))
            case Verdict.BEYOND:
                return self._division
            case Verdict.NEVER:
                return self.quota.instead or "A hard quota, which AWS does not raise."

    @property
    def asked_for(self) -> str:
        """The value to request from AWS, as text."""
        return self.quota.unit.format_rounded(round_up(self.needed))

    @property
    def _request(self) -> str:
        if self.quota.raise_by:
            return f"{self.quota.raise_by}, for {self.asked_for} at least."
        ceiling = f", which AWS raises to {self.quota.raised_to}" if self.quota.raised_to else ""
        return f"A soft quota{ceiling}: have it raised to {self.asked_for} in Service Quotas."

    @property
    def _division(self) -> str:
        return (
            f"A soft quota, which AWS says it raises to {self.quota.raised_to}: divide the tasks among "
            f"{math.ceil(self.share):,} accounts or Regions, or take another service."
        )
