"""The measurements of a table on AWS: how exact it is, how fast calls ramp up, how fast the drain is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from delay import Delay
from verification.table.drain_speed import DrainMeasurement, DrainSpeed
from verification.table.participants import Participants
from verification.table.punctuality import (
    Punctuality,
    crowd_into_a_second,
    measure_punctuality,
    spread_over_a_minute,
)

if TYPE_CHECKING:
    from verification.steps import Steps

_SPREAD: Final = 200
_CROWD: Final = 1_000
_ROWS: Final = 10_000

_SCHEDULING_SECONDS: Final = 60
"""The time for scheduling the crowd before all of it is due."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The number of tasks of each measurement."""

    spread: int = _SPREAD
    """Due over a minute: how exact DelaySeconds is."""
    crowd: int = _CROWD
    """Due in one second: how the mapping ramps up."""
    rows: int = _ROWS
    """Due in one minute, beyond the horizon: how fast the drain is."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """Runs the measurements as steps, and prints each result after its step."""

    delay: Delay
    participants: Participants
    steps: "Steps"
    sizes: Sizes = field(default_factory=Sizes)
    run: str = field(default_factory=lambda: uuid4().hex[:8])

    def measure(self) -> None:
        """Run all.

        Raises:
            NotAsExpected: a task was not called, or early, or the drain did not send all of its slot.

        """
        sizes = self.sizes
        self._report(f"table: lateness of {sizes.spread:,} tasks due over a minute", self._measure_spread)
        self._report(f"table: calls of {sizes.crowd:,} tasks due in one second", self._measure_crowd)
        self._report(f"table: the drain sends {sizes.rows:,} rows of one slot", self._measure_drain)

    def _report(self, name: str, measure: Callable[[], object]) -> None:
        with self.steps.step(name):
            result = measure()
        self.steps.say(f"    {result}.")

    def _measure_spread(self) -> Punctuality:
        return measure_punctuality(self.delay, spread_over_a_minute(self.run, self.sizes.spread))

    def _measure_crowd(self) -> Punctuality:
        second = int(self.participants.clock()) + _SCHEDULING_SECONDS
        at = datetime.fromtimestamp(second, UTC)
        return measure_punctuality(self.delay, crowd_into_a_second(self.run, self.sizes.crowd, at))

    def _measure_drain(self) -> DrainSpeed:
        return DrainMeasurement(self.delay, self.participants, self.sizes.rows, self.run).measure()
