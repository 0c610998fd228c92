"""A Map Run: the children of a distributed Map state, which are executions, and the settings they run by."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from stepfunctions_local.engine.execution.branch import BITS, execution_id_of
from stepfunctions_local.language import RUNTIME, Failure, Json
from stepfunctions_local.language.evaluation import DATA_LIMIT_EXCEEDED
from stepfunctions_local.language.map_run import MapRunPlan

MAX_REDRIVES: Final = 1_000
"""How often a run can be redriven. Source: "Redriving Map Runs in Step Functions executions"."""

_BEGUN_ANEW: Final = {DATA_LIMIT_EXCEEDED, RUNTIME}
"""The errors after which a redrive begins another run. Source: as above."""


class MapRunStatus(StrEnum):
    """The status of a Map Run. Source: DescribeMapRun in the API Reference."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True)
class MapRun:
    """One Map Run.

    `id`: as a branch's, with the number of the event MapRunStarted.
    `branch_id`: the branch of the parent that waits for the run.
    `name`: the last part of its ARN.
    `length`: items read so far; `is_read`: whether these are all.
    `position`: where reading goes on, in the reader's own terms.
    `error`: why it failed.
    `redriven_up_to`: the last child, by its id, that the latest redrive has looked at.
    """

    id: int
    branch_id: int
    state: str
    label: str
    name: str
    plan: MapRunPlan
    started: datetime
    status: MapRunStatus = MapRunStatus.RUNNING
    stopped: datetime | None = None
    error: str | None = None
    length: int = 0
    is_read: bool = False
    position: Json = None
    redrives: int = 0
    redriven: datetime | None = None
    redriven_up_to: int = 0

    @property
    def execution_id(self) -> int:
        """The id of its parent."""
        return execution_id_of(self.id)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status is MapRunStatus.RUNNING

    def can_be_redriven(self, entered_event_id: int) -> bool:
        """Whether a redrive of the state that was entered at this event goes on with this run."""
        is_of_this_visit = self.id & ((1 << BITS) - 1) > entered_event_id
        return is_of_this_visit and self.error not in _BEGUN_ANEW and self.redrives < MAX_REDRIVES

    def end(self, status: MapRunStatus, at: datetime, failure: Failure | None = None) -> "MapRun":
        """Return the run with its end."""
        return replace(self, status=status, stopped=at, error=failure.error if failure else None)

    def redrive(self, at: datetime) -> "MapRun":
        """Return the run as it goes on after a redrive. A dataset that was not read in full is read anew."""
        again = replace(
            self,
            status=MapRunStatus.RUNNING,
            stopped=None,
            error=None,
            redrives=self.redrives + 1,
            redriven=at,
            redriven_up_to=0,
        )
        return again if self.is_read else replace(again, length=0, position=None)
