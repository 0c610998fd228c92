"""What is reported: a row for each work, with a figure for each endpoint that did it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One endpoint's result: `text` for people, `value` to compare, nothing where there is no result."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One work.

    `reached` is nothing where the work was done at a size too small to judge. `better` says which way the
    values go. `how` is the command and the conditions, the journal among them.
    """

    key: str
    work: str
    reach: str
    reached: bool | None
    ours: Figure
    how: str
    peers: dict[str, Figure] = field(default_factory=dict)
    better: Literal["more", "less"] = "less"

    def ratio(self, peer: Figure) -> float | None:
        """Say how many times better ours is than a peer's."""
        if not self.ours.value or not peer.value:
            return None
        ratio = peer.value / self.ours.value
        return ratio if self.better == "less" else 1 / ratio

    def as_json(self) -> dict[str, Any]:
        """Return the row, with the ratios, as JSON."""
        return asdict(self) | {"ratios": {name: self.ratio(peer) for name, peer in self.peers.items()}}
