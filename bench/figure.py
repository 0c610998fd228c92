"""The report: a row for each measurement, with a figure for each measured endpoint."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One endpoint's result: `text` to read and `value` to compare. Without a result, `value` is None."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    `work`: its name in the table.
    `reached`: whether our figure reached the target; None at a size too small to judge.
    `how`: the command and the conditions.
    `better`: whether more or less is better.
    """

    key: str
    work: str
    target: str
    reached: bool | None
    ours: Figure
    how: str
    peers: dict[str, Figure] = field(default_factory=dict)
    better: Literal["more", "less"] = "less"

    def ratio(self, peer: Figure) -> float | None:
        """Return how many times better our figure is than a peer's; None if either has no value."""
        if not self.ours.value or not peer.value:
            return None
        ratio = peer.value / self.ours.value
        return ratio if self.better == "less" else 1 / ratio

    def as_json(self) -> dict[str, Any]:
        """Return the row and its ratios, ready for JSON."""
        return asdict(self) | {"ratios": {name: self.ratio(peer) for name, peer in self.peers.items()}}
