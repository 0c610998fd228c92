"""What is asked of the world once a change is on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stepfunctions_local.engine.tasks import PlannedCall


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Calls of branches, branches whose jobs are to be looked up, and jobs that are to be stopped."""

    calls: Mapping[int, PlannedCall]
    look_ups: Sequence[int]
    stops: Sequence[str]

    def __len__(self) -> int:
        """Count what is asked."""
        return len(self.calls) + len(self.look_ups) + len(self.stops)
