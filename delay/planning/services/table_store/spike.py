"""How late the last task is called if many are due in one second, and the part that makes it late."""

import math
from dataclasses import dataclass
from typing import Final, Self

from delay.planning.facts import Facts
from delay.planning.request_units import BATCH_ENTRIES
from delay.planning.services.table_store.protocol import CALL_SECONDS, LOOK_AHEAD_SECONDS, REQUEST_SECONDS
from delay.planning.unit import Unit

_MINUTE: Final = 60
_WRITES_OF_A_CALL: Final = 2


@dataclass(frozen=True, slots=True)
class Spike:
    """The seconds after the due second at which each part has dealt with the last of `count` tasks.

    `drain` is 0 if all messages were sent in time: it begins ten minutes ahead.
    `writes` is the time that a new table takes for the claims and ends.
    `calls` is the time that Lambda's pollers take, which begin with few batches at once.
    `provisioned_calls` is the same with as many provisioned pollers as can stand ready.
    """

    count: float
    drain: float
    writes: float
    calls: float
    provisioned_calls: float

    @classmethod
    def of(cls, count: float, call_seconds: float, facts: Facts) -> Self:
        """Return the spike of a number of tasks, each with such a call, under the account's quotas."""
        work = count * (call_seconds + CALL_SECONDS)
        value = {key: facts.quota(key).value for key in _QUOTAS}
        standing = value["standing-pollers"] * value["poller-batches"]
        return cls(
            count=count,
            drain=max(0.0, count / BATCH_ENTRIES * REQUEST_SECONDS - LOOK_AHEAD_SECONDS),
            writes=_WRITES_OF_A_CALL * count / value["new-table-write-rate"],
            calls=compute_ramp_seconds(
                work,
                value["first-batches"],
                value["more-batches"] / _MINUTE,
                min(value["batches"], value["concurrency"]),
            ),
            provisioned_calls=compute_ramp_seconds(
                work, standing, value["more-provisioned"] / _MINUTE, value["concurrency"]
            ),
        )

    @property
    def late_seconds(self) -> float:
        """How late the last task is called: the slowest part decides."""
        return max(self.drain, self.writes, self.calls)

    @property
    def slowest(self) -> str:
        """The part that decides."""
        parts = {"Lambda's pollers": self.calls, "the table's writes": self.writes, "the drain": self.drain}
        return max(parts, key=lambda part: parts[part])

    def describe(self) -> str:
        """Return a sentence with the figures."""
        late, calls, writes, provisioned = (
            Unit.SECONDS.format_exact(seconds)
            for seconds in (self.late_seconds, self.calls, self.writes, self.provisioned_calls)
        )
        return (
            f"Of {self.count:,.0f} tasks due in one second, the last is called about {late} late, "
            f"because of {self.slowest}. Lambda's pollers take {calls}, or {provisioned} if they are "
            f"provisioned, and the writes of a new table {writes}."
        )


_QUOTAS: Final = (
    "first-batches",
    "more-batches",
    "batches",
    "more-provisioned",
    "concurrency",
    "poller-batches",
    "standing-pollers",
    "new-table-write-rate",
)


def compute_ramp_seconds(work: float, first: float, more_per_second: float, most: float) -> float:
    """Return the time in which workers get `work` worker-seconds done.

    `first` of them work at first, and `more_per_second` join, up to `most`.
    """
    first = min(first, most)
    rising = (most - first) / more_per_second
    while_rising = (first + most) / 2 * rising
    if work > while_rising:
        return rising + (work - while_rising) / most
    return (math.sqrt(first**2 + 2 * more_per_second * work) - first) / more_per_second
