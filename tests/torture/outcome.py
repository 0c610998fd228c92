"""The outcome of a scenario: figures, and faults, of which there should be none."""

from collections.abc import Mapping
from dataclasses import dataclass

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario's figures by name, and a sentence for each fault."""

    scenario: str
    figures: Mapping[str, object]
    faults: list[str]

    def __str__(self) -> str:
        """Return the figures and the first faults, a line each."""
        lines = [f"{self.scenario}: {'failed' if self.faults else 'passed'}"]
        lines += [f"  {name:<34} {figure}" for name, figure in self.figures.items()]
        lines += [f"  FAULT {fault}" for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"  ... and {len(self.faults) - _SHOWN} more faults")
        return "\n".join(lines)
