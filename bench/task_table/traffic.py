"""The traffic of a simulation: how many tasks come, how fast, and how long they wait."""

import random
from dataclasses import dataclass
from typing import Final

from delay.planning.workload import DAY_SECONDS, Shape
from task_table.slot import SECONDS
from task_table.sweep import AGES_SECONDS

WARM_UP_SECONDS: Final = 600
"""From the first tick to the first task."""

_COOL_DOWN_SECONDS: Final = AGES_SECONDS[-1] + 600
"""From the last due time to the end: the last sweep has passed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Tasks that come at random, all within some minutes, and wait for some days.

    Moved tasks are first due a day sooner.
    """

    per_second: float
    tasks: int
    shape: Shape
    wait_seconds: int = 7 * DAY_SECONDS
    records_end: bool = True

    @property
    def seconds(self) -> int:
        """The whole minutes within which they come."""
        return -int(-self.tasks / self.per_second // SECONDS) * SECONDS

    @property
    def whole_seconds(self) -> int:
        """The whole time, from before the first schedule to after the last sweep."""
        return WARM_UP_SECONDS + self.seconds + self.wait_seconds + _COOL_DOWN_SECONDS

    def generate(self, dice: random.Random) -> list[float]:
        """Return the times of arrival, as many as come at this rate."""
        count = round(self.per_second * self.seconds)
        return sorted(dice.uniform(0, self.seconds) for _ in range(count))
